import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type PolicyFile = AsyncDisposable & { path: string; write(policy: unknown): Promise<void> };

/** A file for `WORKER_CONFIG`; a text is written as it is. */
export async function aPolicyFile(policy: unknown): Promise<PolicyFile> {
  const dir = await mkdtemp(join(tmpdir(), 'toolgraph-policy-'));
  const path = join(dir, 'worker.json');
  const write = (next: unknown) =>
    writeFile(path, typeof next === 'string' ? next : JSON.stringify(next));
  await write(policy);
  return {
    ...{ path, write },
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  };
}

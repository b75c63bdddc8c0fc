import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { aLargeDocument } from '../support/documents.js';
import { createDatabase } from '../support/postgres.js';
import { type ServerProcess, startServer } from '../support/server-process.js';

const headers = {
  'x-tenantId': 'acme',
  'x-appId': 'shop',
  'content-type': 'application/json',
};
const operations = 400;

function sync({ url }: ServerProcess, mark: string): Promise<Response> {
  const body = JSON.stringify(aLargeDocument(operations, mark));
  return fetch(`${url}/tools/sync-swagger`, { method: 'POST', headers, body });
}

async function descriptions({ url }: ServerProcess): Promise<string[]> {
  const [api] = (await (await fetch(`${url}/tools/apis`, { headers })).json()) as { id: string }[];
  const answer = await fetch(`${url}/tools/api/endpoints`, {
    headers: { ...headers, 'x-apiId': api?.id ?? '' },
  });
  const endpoints = (await answer.json()) as { description: string }[];
  return endpoints.map(({ description }) => description.split(' ')[0] ?? '');
}

async function databaseEnv(stack: AsyncDisposableStack): Promise<Record<string, string>> {
  const secret = { CREDENTIAL_SECRET: 'cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=' };
  const server = inject('postgresUrl');
  if (server) return { ...secret, DATABASE_URL: await createDatabase(server) };
  const dir = await mkdtemp(join(tmpdir(), 'toolgraph-killed-'));
  stack.defer(() => rm(dir, { recursive: true, force: true }));
  return { ...secret, DATA_DIR: dir };
}

it('keeps the old catalog whole, or has the new one whole, wherever kill -9 hits a sync', async () => {
  await using stack = new AsyncDisposableStack();
  const env = await databaseEnv(stack);
  {
    await using server = await startServer(env);
    expect((await sync(server, 'v0')).status).toBe(200);
    expect(await server.end('SIGTERM')).toBe(0);
  }
  let current = 'v0';
  let kept = 0;
  for (const [index, delayMs] of [20, 120, 250, 400, 700].entries()) {
    const next = `v${index + 1}`;
    {
      await using server = await startServer(env);
      const answer = sync(server, next).catch(() => null);
      await new Promise((done) => setTimeout(done, delayMs));
      await server.end('SIGKILL');
      await answer;
    }
    await using server = await startServer(env);
    const marks = await descriptions(server);
    expect(marks).toHaveLength(operations);
    expect([current, next]).toContain(marks[0]);
    expect(new Set(marks).size).toBe(1);
    if (marks[0] === current) kept += 1;
    current = marks[0] ?? '';
    await server.end('SIGTERM');
  }
  expect(kept).toBeGreaterThan(0);
}, 180_000);

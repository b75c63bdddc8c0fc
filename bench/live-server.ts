import { createApp } from '../src/app.js';
import { onCommittedWrite } from '../src/changes/committed-writes.js';
import { loadConfig } from '../src/config.js';
import { readCpu, readUsage, type Usage } from './live-usage.js';
import { machineMs } from './machine-clock.js';
import { childArgument } from './run-child.js';

/** What the parent asks of this process: `commits` since it was last asked, `usage` after garbage is collected. */
export type LiveServerQuestion = 'commits' | 'usage' | 'cpu' | 'end';
export type Commit = { revision: number; atMs: number };
export type LiveServerAnswer = { url: string } | Commit[] | Usage | { cpuMs: number };

async function main(): Promise<void> {
  const env = childArgument<Record<string, string>>();
  const application = await createApp(loadConfig({ ...env, LOG_LEVEL: 'ERROR' }));
  let commits: Commit[] = [];
  onCommittedWrite(application.ports.storage.fork(), (_tenant, revision) => {
    commits.push({ revision: Number(revision), atMs: machineMs() });
  });
  const send = (message: LiveServerAnswer) => process.send?.(message);
  process.on('message', async (question: LiveServerQuestion) => {
    if (question === 'commits') {
      send(commits);
      commits = [];
    }
    if (question === 'usage') send(readUsage());
    if (question === 'cpu') send(readCpu());
    if (question === 'end') {
      await application[Symbol.asyncDispose]();
      process.exit(0);
    }
  });
  send({ url: await application.server.listen({ port: 0, host: '127.0.0.1' }) });
}

await main();

import { Agent, request } from 'undici';
import { loadBullMq } from './peers.js';
import { childArgument } from './run-child.js';
import type { WorkOperation } from './worker-operations.js';

export type BullArgument = { port: number; queue: string; upstream: string; concurrency: number };

/** A BullMQ worker whose jobs ask the upstream with undici and return its JSON: no tool, no schema, no record. */
async function main(): Promise<void> {
  const { port, queue, upstream, concurrency } = childArgument<BullArgument>();
  const { Worker } = await loadBullMq();
  const dispatcher = new Agent({ keepAliveTimeout: 60_000 });
  const worker = new Worker(
    queue,
    async ({ data }) => {
      const { method, path, body } = data as WorkOperation;
      const answer = await request(upstream + path, {
        dispatcher,
        method,
        ...(body ? { headers: { 'content-type': 'application/json' } } : {}),
        body: body && JSON.stringify(body),
      });
      if (answer.statusCode !== 200) throw new Error(`${path} answered ${answer.statusCode}`);
      return answer.body.json();
    },
    { connection: { host: '127.0.0.1', port }, concurrency },
  );
  await worker.waitUntilReady();
  process.on('message', async () => {
    await worker.close();
    process.exit(0);
  });
  process.send?.({ isReady: true });
}

await main();

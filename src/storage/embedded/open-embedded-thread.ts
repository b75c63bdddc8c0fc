import { Worker } from 'node:worker_threads';
import { compiledUrl } from '../../lib/compiled-url.js';
import type { EmbeddedClient, EmbeddedResult } from './embedded-client.js';
import type { PgliteSource } from './open-pglite.js';
import type { ThreadReply, ThreadRequest } from './pglite-thread.js';

type Waiting = { resolve(result: unknown): void; reject(error: Error): void };

/** PGlite in a thread of its own, so that a long statement never stalls the process for other callers. */
export async function openEmbeddedThread(source: PgliteSource): Promise<EmbeddedClient> {
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let ended: Error | null = null;

  const worker = new Worker(compiledUrl(import.meta.url, './pglite-thread.js'), {
    workerData: source,
  });
  const failAll = (error: Error) => {
    ended = error;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  worker.on('message', ({ id, result, error }: ThreadReply) => {
    const asker = waiting.get(id);
    waiting.delete(id);
    if (error) asker?.reject(Object.assign(new Error(String(error.message)), error));
    else asker?.resolve(result);
  });
  worker.on('error', failAll);
  worker.on('exit', () => failAll(new Error('The embedded database has stopped.')));

  const wait = (id: number) =>
    new Promise<unknown>((resolve, reject) => waiting.set(id, { resolve, reject }));
  const ask = (request: ThreadRequest) => {
    if (ended) return Promise.reject(ended);
    const reply = wait(request.id);
    worker.postMessage(request);
    return reply;
  };

  await wait(0);
  return {
    query: async (sql, params) =>
      (await ask({ id: ++lastId, kind: 'query', sql, params })) as EmbeddedResult,
    run: async (statement, values) =>
      (await ask({ id: ++lastId, kind: 'run', statement, values })) as EmbeddedResult,
    [Symbol.asyncDispose]: async () => {
      if (!ended) await ask({ id: ++lastId, kind: 'close' });
      await worker.terminate();
    },
  };
}

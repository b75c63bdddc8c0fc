import type { Config } from './config-types.js';
import { AppError } from './errors.js';
import { type Core, openCore, startWorker } from './open-core.js';
import type { Ports } from './open-ports.js';
import type { Worker } from './transports/worker/open-worker.js';

/** A worker by itself. */
export type WorkerApp = AsyncDisposable & Core & { worker: Worker };

/** Builds a worker that serves nothing else, and lets it begin. Throws NOT_CONFIGURED without Redis. */
export async function createWorkerApp(
  config: Config,
  overrides: Partial<Ports> = {},
): Promise<WorkerApp> {
  if (!config.redis && !overrides.messaging) {
    const message = 'REDIS_URL is not set: a worker by itself takes its requests from Redis.';
    throw new AppError('NOT_CONFIGURED', message);
  }
  await using stack = new AsyncDisposableStack();
  const core = await openCore(config, overrides, stack);
  const worker = stack.use(await startWorker(config, core));
  const held = stack.move();
  return { ...core, worker, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

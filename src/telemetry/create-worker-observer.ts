import type { Metrics } from './metrics.js';
import type { Tracing } from './tracing.js';
import type { WorkerObserver } from './worker-observer.js';

/** Counts what the worker does and, with tracing, gives each request a span. `stream` is where it reads. */
export function createWorkerObserver(
  { worker }: Metrics,
  tracing: Tracing | null,
  stream: { name: string; group: string; system: string },
): WorkerObserver {
  return {
    ...worker,
    process: (entry) => tracing?.entryStarted({ ...entry, stream }) ?? null,
  };
}

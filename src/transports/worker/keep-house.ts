import { hostname } from 'node:os';
import type { Logger } from '../../logger.js';
import type { Presence } from '../../messaging/messaging.js';
import type { RequestLog } from '../../messaging/request-log.js';
import type { WorkerObserver } from '../../telemetry/worker-observer.js';
import type { Entries } from './entries.js';

const presenceTtlMs = 15_000;
const measureEveryMs = 5000;
const reapEveryMs = 60_000;
/** Consumers that were silent for so long and have nothing pending are those of processes that ended. */
const goneAfterMs = 600_000;

/** Says in the registry that this process is there; as well as it can. */
export function keepPresent(options: {
  presence: Presence;
  consumer: string;
  logger: Logger;
}): AsyncDisposable {
  const { presence, consumer, logger } = options;
  const about = {
    ...{ name: 'tools', instance: consumer, host: hostname() },
    startedAt: new Date().toISOString(),
  };
  const repeating = everyNow(presenceTtlMs / 3, () =>
    presence.announce(consumer, about, presenceTtlMs).catch((err: unknown) => {
      logger.debug({ err }, 'the worker could not say that it is there');
    }),
  );
  return {
    [Symbol.asyncDispose]: async () => {
      await repeating[Symbol.asyncDispose]();
      await presence.withdraw(consumer).catch(() => {});
    },
  };
}

/** Measures what waits and what runs. */
export function measureDepth(options: {
  requests: Pick<RequestLog, 'depth'>;
  entries: Entries;
  observer: WorkerObserver;
}): AsyncDisposable {
  const { requests, entries, observer } = options;
  return everyNow(measureEveryMs, async () => {
    observer.measure({ inFlight: entries.running, waiting: entries.waiting });
    const depth = await requests.depth().catch(() => null);
    if (!depth) return;
    const { lag, pending, deadLetters, oldestPendingMs } = depth;
    observer.measure({ lag, pending, deadLetters, oldestPendingMs: oldestPendingMs ?? 0 });
  });
}

/** Forgets consumers of processes that ended without saying so. */
export function reapConsumers(options: {
  requests: Pick<RequestLog, 'reapConsumers'>;
  logger: Logger;
}): AsyncDisposable {
  const { requests, logger } = options;
  return everyNow(reapEveryMs, async () => {
    const reaped = await requests.reapConsumers(goneAfterMs).catch(() => 0);
    if (reaped > 0) logger.info({ consumers: reaped }, 'consumers that are gone are forgotten');
  });
}

/** At once and then every so often, one at a time. */
function everyNow(everyMs: number, task: () => Promise<void>): AsyncDisposable {
  let running: Promise<void> | null = null;
  const run = () => {
    running ??= task().finally(() => {
      running = null;
    });
  };
  run();
  const timer = setInterval(run, everyMs).unref();
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await running;
    },
  };
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { CallParts } from '../../calls/call-parts.js';
import type { WorkerConfig } from '../../config-types.js';
import type { Clock } from '../../context.js';
import type { Logger } from '../../logger.js';
import type { Messaging } from '../../messaging/messaging.js';
import type { WorkerObserver } from '../../telemetry/worker-observer.js';
import { Entries } from './entries.js';
import { keepPresent, measureDepth, reapConsumers } from './keep-house.js';
import { startLeases } from './leases.js';
import { persist } from './persist.js';
import { readEntries } from './read-entries.js';
import type { RequestSource } from './request-source.js';
import { createSweeper } from './sweep-entries.js';
import type { StoreWatch } from './watch-stores.js';
import type { WorkerAudit } from './worker-audit.js';

export type WorkerOptions = {
  /** The name of this process among the consumers of the stream. */
  consumer: string;
  settings: Pick<WorkerConfig, 'concurrency' | 'tenantConcurrency' | 'leaseMs' | 'graceMs'>;
  messaging: Messaging;
  calls: CallParts;
  /** The first that takes an entry reads it. */
  sources: readonly RequestSource[];
  audit: WorkerAudit;
  stores: StoreWatch;
  clock: Clock;
  logger: Logger;
  observer: WorkerObserver;
};

/** How the worker is, for those who watch over it. */
export type WorkerVitals = {
  /** Milliseconds since its loop last turned. */
  loopAgeMs: number;
  /** Since it last had an answer from the request log; null before the first one. */
  readAgeMs: number | null;
  /** Reads that failed since the last one that did not. */
  failures: number;
  isStopping: boolean;
  running: number;
  waiting: number;
};

export interface RunningWorker extends AsyncDisposable {
  vitals(): WorkerVitals;
  /**
   * Reads nothing more, gives back what has not begun, finishes what runs within the grace period and lets peers take over
   * the rest. Resolves when all of that is done; disposing does the same.
   */
  stop(): Promise<void>;
  /** Ends the grace period of a `stop` now. */
  hurry(): void;
}

/** For calls to end that were told to, and for their jobs to be let go. */
const endMs = 4000;

/** Starts to read requests and to run them. */
export function runWorker(options: WorkerOptions): RunningWorker {
  const { consumer, settings, messaging, stores, logger, observer } = options;
  const { leaseMs, graceMs } = settings;
  const stopping = new AbortController();
  const shutdown = new AbortController();
  const ended = new AbortController();
  const onFailure = () => {
    observer.count({ what: 'storeFailed' });
    stores.suspect();
  };
  const repeat = <Value>(step: () => Promise<Value>) => persist(step, ended.signal, onFailure);
  const { jobs, requests } = messaging;
  const entryIds = () => entries.ids();
  const leases = startLeases({
    ...{ jobs, requests, consumer, leaseMs, entryIds, observer, logger },
  });
  const takesNext = () =>
    !stopping.signal.aborted &&
    stores.problem() === null &&
    !entries.tenants.hasParked &&
    sweeper.dueMs() > 0;
  const entries = new Entries({
    parts: {
      ...options,
      ...{ messaging, leases, consumer, leaseMs, takesNext },
      ...{ persist: repeat, shutdown: shutdown.signal },
    },
    sources: options.sources,
    requests,
    limits: { total: settings.concurrency, perTenant: settings.tenantConcurrency },
    ...{ observer, logger, signal: ended.signal },
  });
  const loop = {
    ...{ requests, entries, consumer, stores, observer, logger },
    signal: stopping.signal,
  };
  const sweeper = createSweeper({ ...loop, leaseMs });
  const reading = readEntries({ ...loop, sweeper });
  const present = keepPresent({ presence: messaging.presence, consumer, logger });
  const measuring = measureDepth({ requests, entries, observer });
  const reaping = reapConsumers({ requests, logger });
  let stopped: Promise<void> | null = null;

  async function stop(): Promise<void> {
    stopping.abort();
    await entries.close();
    await reading.done;
    await sweeper[Symbol.asyncDispose]();
    await untilIdle(entries, graceMs, shutdown.signal);
    shutdown.abort();
    await untilIdle(entries, endMs, null);
    ended.abort();
    leases[Symbol.dispose]();
    await Promise.all([present, measuring, reaping].map((one) => one[Symbol.asyncDispose]()));
    await requests.leave(consumer).catch(() => false);
    logger.info({ consumer, leftRunning: entries.running }, 'the worker has stopped');
  }

  return {
    vitals: () => ({
      ...reading.vitals(),
      isStopping: stopping.signal.aborted,
      running: entries.running,
      waiting: entries.waiting,
    }),
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
    hurry: () => shutdown.abort(),
    [Symbol.asyncDispose]: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** Resolves when nothing runs, when time is up, or when the signal aborts. */
async function untilIdle(
  entries: Entries,
  timeoutMs: number,
  signal: AbortSignal | null,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  const hurried = signal
    ? sleep(2 ** 31 - 1, undefined, { signal, ref: false }).catch(() => {})
    : null;
  while (entries.running > 0 && !signal?.aborted) {
    const leftMs = end - performance.now();
    if (leftMs <= 0) return;
    await Promise.race([entries.changed(leftMs), ...(hurried ? [hurried] : [])]);
  }
}

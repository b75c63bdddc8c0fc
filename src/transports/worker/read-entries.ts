import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../logger.js';
import type { RequestLog } from '../../messaging/request-log.js';
import type { WorkerObserver } from '../../telemetry/worker-observer.js';
import type { Entries } from './entries.js';
import type { StoreWatch } from './watch-stores.js';

export type ReadOptions = {
  requests: Pick<RequestLog, 'read' | 'reclaim' | 'watchGivenBack'>;
  entries: Entries;
  consumer: string;
  leaseMs: number;
  stores: StoreWatch;
  observer: WorkerObserver;
  logger: Logger;
  /** Ends the reading. */
  signal: AbortSignal;
};

/** How long a read waits for a request. */
export const blockMs = 2000;
const maxPauseMs = 2000;

export type Reading = {
  done: Promise<void>;
  /** `failures`: reads that failed since the last one that did not. */
  vitals(): { loopAgeMs: number; readAgeMs: number | null; failures: number };
};

/** Reads requests that nobody had, never more than there are places, and none while a store is away. */
export function readEntries(options: ReadOptions): Reading {
  const { requests, entries, consumer, stores, observer, logger, signal } = options;
  let tickedAt = performance.now();
  let readAt: number | null = null;
  let failures = 0;

  async function readOnce(count: number): Promise<void> {
    const found = await requests.read({ consumer, count, blockMs, signal });
    readAt = performance.now();
    for (const entry of found) {
      observer.count({ what: 'read' });
      entries.accept(entry);
    }
  }

  async function loop(): Promise<void> {
    while (!signal.aborted) {
      tickedAt = performance.now();
      if (stores.problem() !== null) {
        await stores.untilUp(tickedAt, AbortSignal.any([signal, AbortSignal.timeout(blockMs)]));
        continue;
      }
      const { free } = entries;
      if (free === 0) {
        await entries.changed(blockMs);
        // Calls that end in one turn of the event loop are followed by one read.
        await nextTurn();
        continue;
      }
      try {
        await readOnce(free);
        if (failures > 0) logger.info('requests can be read again');
        failures = 0;
      } catch (err) {
        if (failures === 0) logger.warn({ err }, 'requests cannot be read');
        observer.count({ what: 'storeFailed' });
        failures += 1;
        stores.suspect();
        await sleep(Math.min(maxPauseMs, 25 * 2 ** failures), undefined, { signal }).catch(
          () => {},
        );
      }
    }
  }

  const since = (at: number) => performance.now() - at;
  return {
    done: loop(),
    vitals: () => ({
      loopAgeMs: since(tickedAt),
      readAgeMs: readAt === null ? null : since(readAt),
      failures,
    }),
  };
}

/**
 * Takes over requests of workers that are silent, and those that were given back: now and then, and when somebody says that
 * there are some.
 */
export function sweepEntries(options: ReadOptions): { done: Promise<void> } {
  const { requests, entries, consumer, leaseMs, stores, observer, logger, signal } = options;
  const minIdleMs = Math.ceil((leaseMs * 4) / 3);
  const everyMs = Math.min(500, leaseMs / 3);
  let wake = new AbortController();
  const watching = requests.watchGivenBack(() => wake.abort());
  const onStop = () => wake.abort();
  signal.addEventListener('abort', onStop);

  /** After an outage the living are silent, too: they get a lease to say that they are there. */
  function mayJudge(): boolean {
    const backAt = stores.backAt();
    return stores.problem() === null && (backAt === null || performance.now() > backAt + leaseMs);
  }

  async function sweepOnce(count: number): Promise<void> {
    const { entries: found, lost } = await requests.reclaim({ consumer, count, minIdleMs });
    for (const id of lost) {
      observer.count({ what: 'lost' });
      logger.error({ entryId: id }, 'a request was trimmed from the stream before it was answered');
    }
    for (const entry of found) {
      observer.count({ what: 'reclaimed' });
      entries.accept(entry);
    }
  }

  async function loop(): Promise<void> {
    while (!signal.aborted) {
      const { free } = entries;
      if (free > 0 && mayJudge()) {
        await sweepOnce(free).catch((err: unknown) => {
          logger.debug({ err }, 'requests of silent workers cannot be looked for');
        });
      }
      await sleep(everyMs * (0.75 + Math.random() / 2), undefined, { signal: wake.signal }).catch(
        () => {},
      );
      if (wake.signal.aborted && !signal.aborted) wake = new AbortController();
    }
    signal.removeEventListener('abort', onStop);
    await watching[Symbol.asyncDispose]();
  }

  return { done: loop() };
}

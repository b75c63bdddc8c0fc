import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../logger.js';
import type { RequestLog } from '../../messaging/request-log.js';
import type { WorkerObserver } from '../../telemetry/worker-observer.js';
import type { Entries } from './entries.js';
import type { Sweeper } from './sweep-entries.js';
import type { StoreWatch } from './watch-stores.js';

export type ReadOptions = {
  requests: Pick<RequestLog, 'read'>;
  sweeper: Sweeper;
  entries: Entries;
  consumer: string;
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

/**
 * Reads requests that nobody had, never more than there are places, and none while a store is away. Requests that were parked,
 * given back or left by silent workers come first.
 */
export function readEntries(options: ReadOptions): Reading {
  const { requests, sweeper, entries, consumer, stores, observer, logger, signal } = options;
  let tickedAt = performance.now();
  let readAt: number | null = null;
  let failures = 0;

  async function readOnce(count: number, waitMs: number): Promise<void> {
    using _places = entries.reserve(count);
    const found = await requests.read({
      ...{ consumer, count, blockMs: waitMs, signal: sweeper.wanted() },
    });
    readAt = performance.now();
    entries.acceptNew(found);
  }

  async function loop(): Promise<void> {
    while (!signal.aborted) {
      tickedAt = performance.now();
      if (stores.problem() !== null) {
        await stores.untilUp(tickedAt, AbortSignal.any([signal, AbortSignal.timeout(blockMs)]));
        continue;
      }
      if (entries.free === 0) {
        await entries.changed(blockMs);
        // Calls that end in one turn of the event loop are followed by one read.
        await nextTurn();
        continue;
      }
      await sweeper.sweep();
      if (signal.aborted) break;
      const { free } = entries;
      if (free === 0) continue;
      const waitMs = Math.min(blockMs, sweeper.dueMs());
      try {
        await readOnce(free, waitMs);
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

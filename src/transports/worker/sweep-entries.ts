import type { Logger } from '../../logger.js';
import type { RequestLog } from '../../messaging/request-log.js';
import type { WorkerObserver } from '../../telemetry/worker-observer.js';
import type { Entries } from './entries.js';
import type { StoreWatch } from './watch-stores.js';

export type SweepOptions = {
  requests: Pick<RequestLog, 'reclaim' | 'unpark' | 'watchGivenBack'>;
  entries: Entries;
  consumer: string;
  leaseMs: number;
  stores: StoreWatch;
  observer: WorkerObserver;
  logger: Logger;
  /** Ends the sweeping. */
  signal: AbortSignal;
};

export interface Sweeper extends AsyncDisposable {
  /** In how many milliseconds the next look at everything is due. */
  dueMs(): number;
  /** Aborts when a look is due earlier: something was given back or parked. */
  wanted(): AbortSignal;
  /**
   * Takes what there are places for: parked requests of tenants that there is room for, and, when that is due, those that were
   * given back or belong to workers that are silent. Never throws.
   */
  sweep(): Promise<void>;
}

/** Between looks, however much is given back and parked. */
const restMs = 25;

export function createSweeper(options: SweepOptions): Sweeper {
  const { requests, entries, consumer, leaseMs, stores, observer, logger, signal } = options;
  const minIdleMs = Math.ceil((leaseMs * 4) / 3);
  const everyMs = Math.min(500, leaseMs / 3);
  let sweptAt = Number.NEGATIVE_INFINITY;
  let dueAt = performance.now();
  let wake = new AbortController();
  let waking: NodeJS.Timeout | undefined;
  let unparking: Promise<void> | null = null;

  function want(): void {
    dueAt = performance.now();
    waking = undefined;
    wake.abort();
  }
  const onNews = () => {
    waking ??= setTimeout(want, Math.max(0, sweptAt + restMs - performance.now()));
  };
  const onStop = () => wake.abort();
  signal.addEventListener('abort', onStop);
  const watching = requests.watchGivenBack(onNews);
  const kicks = entries.watch(() => {
    if (isUnparking() || !mayUnpark()) return;
    void unpark();
  });

  /** After an outage the living are silent, too: they get a lease to say that they are there. */
  function mayJudge(): boolean {
    const backAt = stores.backAt();
    return stores.problem() === null && (backAt === null || performance.now() > backAt + leaseMs);
  }

  const isUnparking = () => unparking !== null;
  const mayUnpark = () =>
    !signal.aborted &&
    entries.free > 0 &&
    entries.tenants.hasRoomForParked() &&
    stores.problem() === null;

  function tellLost(lost: readonly string[]): void {
    for (const id of lost) {
      observer.count({ what: 'lost' });
      logger.error({ entryId: id }, 'a request was trimmed from the stream before it was answered');
    }
  }

  /** Calls that end in one turn of the event loop make room together. */
  function unpark(): Promise<void> {
    unparking ??= new Promise<void>((resolve) => setImmediate(resolve))
      .then(unparkOnce)
      .catch((err: unknown) => {
        // The next look at everything finds out who has some.
        entries.tenants.setParked([]);
        logger.debug({ err }, 'parked requests cannot be looked for');
      })
      .finally(() => {
        unparking = null;
      });
    return unparking;
  }

  async function unparkOnce(): Promise<void> {
    const count = entries.free;
    if (count === 0 || signal.aborted) return;
    using _places = entries.reserve(count);
    const rooms = entries.tenants.rooms();
    const found = await requests.unpark({ consumer, count, rooms });
    entries.tenants.setParked(found.tenants);
    for (const { entry, tenant } of found.entries) entries.accept(entry, tenant);
    tellLost(found.lost);
  }

  /** Whether there may be more than there were places for. */
  async function reclaim(): Promise<boolean> {
    const count = entries.free;
    if (count === 0 || !mayJudge()) return false;
    using _places = entries.reserve(count);
    const { entries: found, lost } = await requests.reclaim({ consumer, count, minIdleMs });
    tellLost(lost);
    for (const entry of found) {
      observer.count({ what: 'reclaimed' });
      entries.accept(entry);
    }
    return found.length === count;
  }

  async function sweepAll(): Promise<void> {
    sweptAt = performance.now();
    if (wake.signal.aborted && !signal.aborted) wake = new AbortController();
    dueAt = sweptAt + everyMs * (0.75 + Math.random() / 2);
    const isMore = await reclaim().catch((err: unknown) => {
      logger.debug({ err }, 'requests of silent workers cannot be looked for');
      return false;
    });
    // They come before all that is new.
    if (isMore) dueAt = sweptAt;
    await unpark();
  }

  return {
    dueMs: () => Math.max(0, Math.ceil(dueAt - performance.now())),
    wanted: () => wake.signal,
    sweep: async () => {
      if (performance.now() >= dueAt) await sweepAll();
      else if (mayUnpark()) await unpark();
    },
    [Symbol.asyncDispose]: async () => {
      clearTimeout(waking);
      signal.removeEventListener('abort', onStop);
      kicks[Symbol.dispose]();
      await unparking;
      await watching[Symbol.asyncDispose]();
    },
  };
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../logger.js';

/** Something of ours that calls cannot do without. */
export type WatchedStore = {
  /** Begins a sentence. */
  name: string;
  /** Rejects when it does not answer, or takes no writes. */
  ask(): Promise<unknown>;
};

export type StoreWatchOptions = {
  stores: readonly WatchedStore[];
  logger: Logger;
  firstPauseMs?: number;
};

/** Knows whether the stores answer. It asks only where somebody suspects that they do not, and then until they do. */
export interface StoreWatch extends Disposable {
  /** What is away, as a sentence; null: nothing, as far as anybody knows. */
  problem(): string | null;
  /** When the last outage was over, by `performance.now()`; null: there was none. */
  backAt(): number | null;
  /** A step failed as it would in an outage. */
  suspect(): void;
  /**
   * `suspect`, and resolves when the stores answer or the signal aborts: whether they were away at any time after `since`
   * (`performance.now()`).
   */
  untilUp(since: number, signal: AbortSignal): Promise<boolean>;
}

const askMs = 6000;
const longestPauseMs = 5000;

export function watchStores({ stores, logger, firstPauseMs = 250 }: StoreWatchOptions): StoreWatch {
  const ending = new AbortController();
  let problem: string | null = null;
  let backAt: number | null = null;
  let asking: Promise<void> | null = null;

  async function ask(): Promise<void> {
    const beganAt = performance.now();
    for (let pauseMs = firstPauseMs; !ending.signal.aborted; ) {
      const silent = await findSilent(stores);
      if (!silent) {
        if (problem === null) return;
        backAt = performance.now();
        problem = null;
        const ms = Math.round(backAt - beganAt);
        logger.info({ ms }, 'all stores answer again: requests are read');
        return;
      }
      const { name, err } = silent;
      if (problem === null)
        logger.warn({ err, store: name }, 'requests are not read: a store is away');
      problem = `Requests cannot be read: ${name} does not answer.`;
      const signal = ending.signal;
      // Workers that lost the same store do not come back in step.
      await sleep(pauseMs * (0.75 + Math.random() / 2), undefined, { signal }).catch(() => {});
      pauseMs = Math.min(longestPauseMs, pauseMs * 1.5);
    }
  }

  function look(): Promise<void> {
    asking ??= ask().finally(() => {
      asking = null;
    });
    return asking;
  }

  return {
    problem: () => problem,
    backAt: () => backAt,
    suspect: () => void look(),
    untilUp: async (since, signal) => {
      await orAborted(look(), signal);
      return problem !== null || (backAt !== null && backAt > since);
    },
    [Symbol.dispose]: () => ending.abort(),
  };
}

/** The first that does not answer. */
async function findSilent(
  stores: readonly WatchedStore[],
): Promise<{ name: string; err: unknown } | null> {
  const found = await Promise.all(
    stores.map(async ({ name, ask }) => {
      const late = new AbortController();
      const timeUp = sleep(askMs, undefined, { signal: late.signal }).then(() => {
        throw new Error(`${name} did not answer within ${askMs} ms.`);
      });
      try {
        await Promise.race([ask(), timeUp]);
        return null;
      } catch (err) {
        return { name, err };
      } finally {
        late.abort();
        timeUp.catch(() => {});
      }
    }),
  );
  return found.find((one) => one !== null) ?? null;
}

function orAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      signal.removeEventListener('abort', finish);
      resolve();
    };
    signal.addEventListener('abort', finish);
    if (signal.aborted) finish();
    void promise.then(finish);
  });
}

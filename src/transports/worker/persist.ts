import { setTimeout as sleep } from 'node:timers/promises';
import { isStoreFailure } from './is-store-failure.js';

const maxPauseMs = 2000;

/**
 * Repeats a step until its store answers. Throws what else the step throws, and what it threw last when the signal aborts.
 */
export async function persist<Value>(
  step: () => Promise<Value>,
  signal: AbortSignal,
  onFailure: (error: unknown) => void,
): Promise<Value> {
  for (let pauseMs = 50; ; pauseMs = Math.min(maxPauseMs, pauseMs * 2)) {
    try {
      return await step();
    } catch (error) {
      if (!isStoreFailure(error) || signal.aborted) throw error;
      onFailure(error);
      await sleep(pauseMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {
        throw error;
      });
    }
  }
}

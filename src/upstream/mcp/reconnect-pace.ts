/** Delays streams that are opened again: what a server asks for, and more the more often it breaks them off. */
export interface ReconnectPace {
  /** Answers with a function that takes it back. */
  schedule(reconnect: () => void, delayMs: number): () => void;
  /** Takes back everything that is scheduled. */
  stop(): void;
}

const calmMs = 60_000;

/** `isBounded` tells whether the stream belongs to a call, which ends in time anyway. */
export function createReconnectPace({ isBounded }: { isBounded: () => boolean }): ReconnectPace {
  const timers = new Set<NodeJS.Timeout>();
  let attempts = 0;
  let last = Number.NEGATIVE_INFINITY;
  let isStopped = false;

  function leastDelay(): number {
    if (isBounded()) return 20;
    const now = performance.now();
    attempts = now - last > calmMs ? 0 : attempts + 1;
    last = now;
    return attempts === 0 ? 0 : Math.min(calmMs, 100 * 2 ** (attempts - 1));
  }

  return {
    schedule: (reconnect, delayMs) => {
      if (isStopped) return () => {};
      const timer = setTimeout(
        () => {
          timers.delete(timer);
          reconnect();
        },
        Math.max(leastDelay(), Math.min(delayMs, calmMs)),
      );
      timer.unref();
      timers.add(timer);
      return () => {
        clearTimeout(timer);
        timers.delete(timer);
      };
    },
    stop: () => {
      isStopped = true;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}

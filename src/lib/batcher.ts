export type Batcher<Item, Result> = {
  /** Rejects when the run fails for this item. */
  add(item: Item): Promise<Result>;
  /** Resolves when nothing waits and nothing runs; what lingers runs at once. */
  idle(): Promise<void>;
};

export type BatcherOptions = {
  maxItems: number;
  /** How long the first item waits for others. Without it, only for the run before. */
  lingerMs?: number;
};

type Waiting<Item, Result> = {
  item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
};

/**
 * Shares one run among all that ask while the run before goes on: one that comes alone waits for nothing (but
 * `lingerMs`), many at once cost a run per round. A run never begins before its items were added. `run` answers in the
 * order of its items; where it fails for several, each gets a run of its own, so that one bad item spoils no other.
 */
export function createBatcher<Item, Result>(
  run: (items: Item[]) => Promise<Result[]>,
  { maxItems, lingerMs = 0 }: BatcherOptions,
): Batcher<Item, Result> {
  const waiting: Waiting<Item, Result>[] = [];
  let running: Promise<void> | null = null;
  let lingering: NodeJS.Timeout | null = null;

  function start(): void {
    if (lingering) clearTimeout(lingering);
    lingering = null;
    running ??= Promise.resolve().then(drain);
  }

  async function drain(): Promise<void> {
    do await settle(waiting.splice(0, maxItems));
    while (waiting.length > (lingerMs > 0 ? maxItems - 1 : 0));
    running = null;
    if (waiting.length > 0) linger();
  }

  function linger(): void {
    lingering ??= setTimeout(start, lingerMs);
  }

  async function settle(batch: Waiting<Item, Result>[]): Promise<void> {
    if (batch.length === 0) return;
    try {
      const results = await run(batch.map(({ item }) => item));
      // Every item has its result at the same place.
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result);
    } catch (error) {
      if (batch.length === 1) for (const { reject } of batch) reject(error);
      else for (const one of batch) await settle([one]);
    }
  }

  return {
    add: (item) =>
      new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        if (lingerMs === 0 || waiting.length >= maxItems) start();
        else if (!running) linger();
      }),
    idle: async () => {
      while (running || waiting.length > 0) {
        if (!running) start();
        await running;
      }
    },
  };
}

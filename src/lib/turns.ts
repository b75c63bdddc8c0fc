/** Work on one thing at a time: who comes while another is at it waits until that one is done. */
export type Turns = {
  take<T>(key: string, work: () => Promise<T>): Promise<T>;
};

/** Turns by key, in the order of asking; work that fails does not hold up what comes after it. */
export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return {
    take(key, work) {
      const before = last.get(key) ?? Promise.resolve();
      const turn = before.then(work, work);
      last.set(key, turn);
      const forget = () => {
        if (last.get(key) === turn) last.delete(key);
      };
      turn.then(forget, forget);
      return turn;
    },
  };
}

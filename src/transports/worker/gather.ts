/**
 * Gives `act` together what came under one name in one turn of the event loop. The result of `add` is that of the whole lot.
 */
export function gather<Item>(act: (name: string, items: readonly Item[]) => Promise<void>) {
  const lots = new Map<string, { items: Item[]; done: Promise<void> }>();
  return {
    add: (name: string, item: Item): Promise<void> => {
      const known = lots.get(name);
      if (known) {
        known.items.push(item);
        return known.done;
      }
      const items = [item];
      const done = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
        lots.delete(name);
        return act(name, items);
      });
      lots.set(name, { items, done });
      return done;
    },
  };
}

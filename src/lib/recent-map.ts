/** A map that forgets what was not asked for the longest when it holds more than `maxEntries`. */
export class RecentMap<Key, Value> {
  private readonly entries = new Map<Key, Value>();

  constructor(private readonly maxEntries: number) {}

  get(key: Key): Value | undefined {
    const value = this.entries.get(key);
    if (value === undefined) return undefined;
    this.entries.delete(key);
    this.entries.set(key, value);
    return value;
  }

  set(key: Key, value: Value): void {
    this.entries.delete(key);
    this.entries.set(key, value);
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= this.maxEntries) return;
      this.entries.delete(oldest);
    }
  }

  /** Oldest first. */
  keys(): Iterable<Key> {
    return this.entries.keys();
  }

  clear(): void {
    this.entries.clear();
  }

  delete(key: Key): void {
    this.entries.delete(key);
  }
}

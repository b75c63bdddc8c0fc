export type Bounds = { maxEntries: number; maxBytes: number };

/**
 * A map that forgets what was not asked for the longest when it holds too many entries or too many bytes. What would
 * take a tenth of it alone is not kept.
 */
export class BoundedMap<Value> {
  private readonly entries = new Map<string, { value: Value; bytes: number }>();
  private total = 0;

  constructor(private readonly bounds: Bounds) {}

  get(key: string): Value | undefined {
    const entry = this.entries.get(key);
    if (!entry) return undefined;
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.value;
  }

  /** `bytes`: what the entry takes, its key included; an estimate will do. */
  set(key: string, value: Value, bytes: number): void {
    const { maxEntries, maxBytes } = this.bounds;
    this.delete(key);
    if (bytes > maxBytes / 10) return;
    this.entries.set(key, { value, bytes });
    this.total += bytes;
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= maxEntries && this.total <= maxBytes) return;
      this.delete(oldest);
    }
  }

  delete(key: string): boolean {
    this.total -= this.entries.get(key)?.bytes ?? 0;
    return this.entries.delete(key);
  }

  get size(): number {
    return this.entries.size;
  }

  get bytes(): number {
    return this.total;
  }
}

/**
 * Who runs next: tenants take turns, and none has more than its share at once. Pure; an item that was taken counts as running
 * until it is done.
 */
export class FairQueue<Item> {
  private readonly lines = new Map<string, Item[]>();
  private readonly runningOf = new Map<string, number>();
  private runningCount = 0;
  private waitingCount = 0;

  constructor(private readonly limits: { total: number; perTenant: number }) {}

  get running(): number {
    return this.runningCount;
  }

  get waiting(): number {
    return this.waitingCount;
  }

  add(tenant: string, item: Item): void {
    const line = this.lines.get(tenant);
    if (line) line.push(item);
    else this.lines.set(tenant, [item]);
    this.waitingCount += 1;
  }

  /** Null: nothing waits that may run now. */
  take(): Item | null {
    if (this.runningCount >= this.limits.total) return null;
    for (const [tenant, line] of this.lines) {
      const running = this.runningOf.get(tenant) ?? 0;
      if (running >= this.limits.perTenant) continue;
      const item = line.shift();
      // To the end of the turns, or out of them.
      this.lines.delete(tenant);
      if (line.length > 0) this.lines.set(tenant, line);
      if (item === undefined) continue;
      this.waitingCount -= 1;
      this.runningCount += 1;
      this.runningOf.set(tenant, running + 1);
      return item;
    }
    return null;
  }

  done(tenant: string): void {
    const running = (this.runningOf.get(tenant) ?? 0) - 1;
    if (running > 0) this.runningOf.set(tenant, running);
    else this.runningOf.delete(tenant);
    this.runningCount -= 1;
  }

  /** Everything that waits, which is forgotten here. */
  clear(): Item[] {
    const items = [...this.lines.values()].flat();
    this.lines.clear();
    this.waitingCount = 0;
    return items;
  }
}

/** Those who ask the same of the same events: what one of them is answered goes for all. */
export type Group = {
  readonly key: string;
  followers: number;
  readonly results: Map<string, string | Promise<string>>;
};

export type Made = {
  text: string /** Whether it may be given to who comes later. */;
  isLasting: boolean;
};

type Kept = { group: Group; event: string; bytes: number };

/**
 * Results of events by group, each made once for all who ask for it meanwhile, and remembered for those who lag: as long
 * as all of them together take no more than `maxBytes`, the oldest forgotten first.
 */
export class SharedResults {
  private readonly groups = new Map<string, Group>();
  private readonly kept = new Set<Kept>();
  private bytes = 0;

  constructor(private readonly maxBytes: number) {}

  join(key: string): Group {
    const group = this.groups.get(key) ?? { key, followers: 0, results: new Map() };
    this.groups.set(key, group);
    group.followers += 1;
    return group;
  }

  leave(group: Group): void {
    group.followers -= 1;
    if (group.followers === 0) this.groups.delete(group.key);
  }

  /** `event` names it within the group. A failure is not remembered. */
  of(group: Group, event: string, make: () => Promise<Made>): string | Promise<string> {
    const known = group.results.get(event);
    if (known !== undefined) return known;
    const making = this.make(group, event, make);
    group.results.set(event, making);
    return making;
  }

  private async make(group: Group, event: string, make: () => Promise<Made>): Promise<string> {
    try {
      const { text, isLasting } = await make();
      if (isLasting) this.keep({ group, event, bytes: text.length * 2 }, text);
      else group.results.delete(event);
      return text;
    } catch (error) {
      group.results.delete(event);
      throw error;
    }
  }

  private keep(kept: Kept, text: string): void {
    kept.group.results.set(kept.event, text);
    this.kept.add(kept);
    this.bytes += kept.bytes;
    for (const oldest of this.kept) {
      if (this.bytes <= this.maxBytes) return;
      this.kept.delete(oldest);
      oldest.group.results.delete(oldest.event);
      this.bytes -= oldest.bytes;
    }
  }
}

import type { CatalogChangeRow } from './read-log.js';

/** The newest changes of one tenant that somebody follows: what all its followers read from, each at its own pace. */
export class TenantLog {
  followers = 0;
  /** Ends when the log's first `newest` is known. */
  readonly ready: Promise<void>;
  private readonly changes: CatalogChangeRow[] = [];
  private readonly waiting = new Set<() => void>();
  private newestRead: bigint | null = null;
  private newestAnnounced = 0n;

  constructor(
    readonly tenant: string,
    private readonly maxChanges: number,
    revision: Promise<string>,
  ) {
    this.ready = revision.then((value) => {
      this.newestRead = BigInt(value);
    });
    // Whoever follows is told.
    this.ready.catch(() => {});
  }

  /** The revision up to which the log has been read. */
  get newest(): bigint {
    if (this.newestRead === null) throw new Error('A log is read before it is ready.');
    return this.newestRead;
  }

  /** The revision before the first change that is remembered. */
  get start(): bigint {
    return this.newest - BigInt(this.changes.length);
  }

  /** Whether there is news that has not been read. */
  get isBehind(): boolean {
    return this.newestRead !== null && this.newestRead < this.newestAnnounced;
  }

  announce(revision: bigint): void {
    if (revision > this.newestAnnounced) this.newestAnnounced = revision;
  }

  /** Takes what follows `newest`, in order; nothing, when there turned out to be none. */
  append(news: readonly CatalogChangeRow[]): void {
    const first = news[0];
    const last = news.at(-1);
    if (!first || !last) {
      this.newestAnnounced = this.newest;
      return;
    }
    // Deleted before it was read: who still needs it is told when reading the log itself.
    if (BigInt(first.revision) !== this.newest + 1n) this.changes.length = 0;
    this.changes.push(...news);
    this.changes.splice(0, this.changes.length - this.maxChanges);
    this.newestRead = BigInt(last.revision);
    this.wakeAll();
  }

  /** The change that follows a revision not before `start`; undefined when there is none yet. */
  after(revision: bigint): CatalogChangeRow | undefined {
    return this.changes[Number(revision - this.start)];
  }

  /** Ends at the next news, or when the caller's `wake` is called. */
  wait(): { woken: Promise<void>; wake(): void } {
    const { promise: woken, resolve } = Promise.withResolvers<void>();
    this.waiting.add(resolve);
    const wake = () => {
      this.waiting.delete(resolve);
      resolve();
    };
    return { woken, wake };
  }

  wakeAll(): void {
    for (const wake of this.waiting) wake();
    this.waiting.clear();
  }
}

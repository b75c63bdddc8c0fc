import { RecentMap } from '../lib/recent-map.js';

const maxTenants = 10_000;

/** The newest revisions that were heard of. They are only as good as the hearing: it is said when it ends and begins. */
export class KnownRevisions {
  private readonly revisions = new RecentMap<string, string>(maxTenants);
  /** Grows when the hearing ends: what was read before may be older than what was missed. */
  private period = 0;

  constructor(private isHearing: boolean) {}

  tenants(): Iterable<string> {
    return this.revisions.keys();
  }

  hear(): void {
    this.isHearing = true;
  }

  goDeaf(): void {
    this.isHearing = false;
    this.period += 1;
    this.revisions.clear();
  }

  learn(tenant: string, revision: string): void {
    if (!this.isHearing) return;
    const known = this.revisions.get(tenant);
    if (known === undefined || BigInt(known) < BigInt(revision)) {
      this.revisions.set(tenant, revision);
    }
  }

  /** The known one, else what `read` finds in the database. */
  async of(tenant: string, read: () => Promise<string>): Promise<string> {
    const known = this.revisions.get(tenant);
    if (known !== undefined) return known;
    const { period } = this;
    const found = await read();
    if (period === this.period) this.learn(tenant, found);
    return this.revisions.get(tenant) ?? found;
  }
}

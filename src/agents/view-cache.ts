import { freezeAndMeasure } from '../lib/freeze-and-measure.js';

/** Which catalog something was read from: the tenant's revision, and the local tools', which no tenant owns. */
export type Version = { revision: bigint; localRevision: bigint };

/** Something that is true of a version. Frozen: many callers share it. */
export type Viewed<Value> = { readonly value: Value; readonly version: Version };

type Entry = Viewed<unknown> & { tenant: string; bytes: number };

export function isAtLeast(version: Version, wanted: Version): boolean {
  return version.revision >= wanted.revision && version.localRevision >= wanted.localRevision;
}

/**
 * Remembers parts of tenants' views within `maxBytes` of memory (estimated). Of each part only the newest version that
 * was put. When there is no more room, what was asked for least recently goes, of those tenants that hold more than
 * their equal share: one that reads much does not empty the others' places.
 */
export class ViewCache {
  private readonly entries = new Map<string, Entry>();
  private readonly bytesByTenant = new Map<string, number>();
  private totalBytes = 0;

  constructor(private readonly maxBytes: number) {}

  get bytes(): number {
    return this.totalBytes;
  }

  /** What is remembered of a part, if it is no older than `wanted`. */
  get(tenant: string, part: string, wanted: Version): Viewed<unknown> | undefined {
    const key = keyOf(tenant, part);
    const entry = this.entries.get(key);
    if (!entry || !isAtLeast(entry.version, wanted)) return undefined;
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry;
  }

  /** Freezes the value. What is older than the entry that is there, or larger than a quarter of the room, is not kept. */
  put(tenant: string, part: string, { value, version }: Viewed<unknown>): void {
    const key = keyOf(tenant, part);
    const bytes = freezeAndMeasure(value) + 2 * key.length;
    const known = this.entries.get(key);
    if (known && isAtLeast(known.version, version)) return;
    this.delete(key);
    if (bytes > this.maxBytes / 4) return;
    this.entries.set(key, { tenant, value, version, bytes });
    this.add(tenant, bytes);
    this.makeRoom(key);
  }

  private makeRoom(newest: string): void {
    if (this.totalBytes <= this.maxBytes) return;
    const share = this.maxBytes / this.bytesByTenant.size;
    for (const [key, { tenant }] of this.entries) {
      if (key === newest || (this.bytesByTenant.get(tenant) ?? 0) <= share) continue;
      this.delete(key);
      if (this.totalBytes <= this.maxBytes) return;
    }
    for (const key of this.entries.keys()) {
      this.delete(key);
      if (this.totalBytes <= this.maxBytes) return;
    }
  }

  private delete(key: string): void {
    const entry = this.entries.get(key);
    if (!entry) return;
    this.entries.delete(key);
    this.add(entry.tenant, -entry.bytes);
  }

  private add(tenant: string, bytes: number): void {
    this.totalBytes += bytes;
    const held = (this.bytesByTenant.get(tenant) ?? 0) + bytes;
    if (held === 0) this.bytesByTenant.delete(tenant);
    else this.bytesByTenant.set(tenant, held);
  }
}

/** Names of tenants have no control characters. */
function keyOf(tenant: string, part: string): string {
  return `${tenant}\n${part}`;
}

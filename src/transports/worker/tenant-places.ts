import type { Rooms } from '../../messaging/request-log.js';

/** How many requests of each tenant are in hand, none more than its share, and who has parked ones. Pure. */
export class TenantPlaces {
  private readonly taken = new Map<string, number>();
  private parked = new Set<string>();

  constructor(private readonly perTenant: number) {}

  roomOf(tenant: string): number {
    return this.perTenant - (this.taken.get(tenant) ?? 0);
  }

  /** A place for one that was parked. False: the tenant has its share. */
  takeAgain(tenant: string): boolean {
    if (this.roomOf(tenant) <= 0) return false;
    this.taken.set(tenant, (this.taken.get(tenant) ?? 0) + 1);
    return true;
  }

  /** A place for one that was not: behind those that are parked, which are older. */
  take(tenant: string): boolean {
    return !this.parked.has(tenant) && this.takeAgain(tenant);
  }

  leave(tenant: string): void {
    const left = (this.taken.get(tenant) ?? 0) - 1;
    if (left > 0) this.taken.set(tenant, left);
    else this.taken.delete(tenant);
  }

  rooms(): Rooms {
    const of = new Map([...this.taken.keys()].map((tenant) => [tenant, this.roomOf(tenant)]));
    return { each: this.perTenant, of };
  }

  addParked(tenant: string): void {
    this.parked.add(tenant);
  }

  /** All that have parked requests, as the log says. */
  setParked(tenants: readonly string[]): void {
    this.parked = new Set(tenants);
  }

  get hasParked(): boolean {
    return this.parked.size > 0;
  }

  /** Whether requests are parked, as far as is known here, that there is room for. */
  hasRoomForParked(): boolean {
    for (const tenant of this.parked) if (this.roomOf(tenant) > 0) return true;
    return false;
  }
}

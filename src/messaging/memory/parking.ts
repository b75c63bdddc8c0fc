import type { LogEntry, Rooms } from '../request-log.js';
import { byId } from './by-id.js';

type Parked = { entry: LogEntry; tenant: string };

/** Entries that wait until somebody has room for their tenant. */
export type Parking = {
  add(tenant: string, entry: LogEntry): void;
  delete(id: string): void;
  /** Each the oldest of the tenant that has most room left. */
  take(count: number, rooms: Rooms): Parked[];
  tenants(): string[];
  size(): number;
};

export function createParking(): Parking {
  const lines = new Map<string, LogEntry[]>();

  return {
    add: (tenant, entry) => {
      const line = lines.get(tenant) ?? [];
      lines.set(tenant, line);
      const isLast = byId(line.at(-1)?.id ?? '', entry.id) < 0;
      line.push(entry);
      if (!isLast) line.sort((a, b) => byId(a.id, b.id));
    },
    delete: (id) => {
      for (const [tenant, line] of [...lines]) {
        const others = line.filter((entry) => entry.id !== id);
        if (others.length > 0) lines.set(tenant, others);
        else lines.delete(tenant);
      }
    },
    take: (count, rooms) => {
      const taken: Parked[] = [];
      const left = new Map<string, number>();
      const roomOf = (tenant: string) => left.get(tenant) ?? rooms.of.get(tenant) ?? rooms.each;
      const firstOf = (tenant: string) => lines.get(tenant)?.[0]?.id ?? '';
      while (taken.length < count) {
        const [tenant] = [...lines.keys()]
          .filter((one) => roomOf(one) > 0)
          .sort((a, b) => roomOf(b) - roomOf(a) || byId(firstOf(a), firstOf(b)));
        if (tenant === undefined) break;
        const line = lines.get(tenant) ?? [];
        const entry = line.shift();
        if (line.length === 0) lines.delete(tenant);
        left.set(tenant, roomOf(tenant) - 1);
        if (entry) taken.push({ entry, tenant });
      }
      return taken;
    },
    tenants: () => [...lines.keys()],
    size: () => [...lines.values()].reduce((sum, line) => sum + line.length, 0),
  };
}

import { describe, expect, it } from 'vitest';
import type { Messaging } from '../../src/messaging/messaging.js';
import type { Unparked } from '../../src/messaging/request-log.js';
import { body, maxLag, readAll } from './contract.js';

const plenty = { each: 100, of: new Map<string, number>() };

/** What every log of requests does with entries whose tenant has its share. */
export function describeParking(messaging: () => Messaging): void {
  const log = () => messaging().requests;

  /** One entry for each tenant named, read by `a` and parked; their ids. */
  async function park(...tenants: string[]): Promise<string[]> {
    const ids = [];
    for (const tenant of tenants) {
      await log().append({ data: body, tenant });
      const [entry] = await readAll(messaging(), { consumer: 'a', count: 1 });
      ids.push(entry?.id ?? '');
      await log().park('a', tenant, ids.slice(-1));
    }
    return ids;
  }

  const unpark = (count: number, rooms: Parameters<Messaging['requests']['unpark']>[0]['rooms']) =>
    log().unpark({ consumer: 'b', count, rooms });
  const idsOf = ({ entries }: Unparked) => entries.map(({ entry }) => entry.id);

  describe('parking', () => {
    it('keeps an entry as it is, and hands it to whoever has room', async () => {
      const [id] = await park('acme');
      const { entries, lost, tenants } = await unpark(5, plenty);
      expect(entries).toMatchObject([{ entry: { id, attempt: 1 }, tenant: 'acme' }]);
      expect(entries[0]?.entry.fields.get('data')).toEqual(body);
      expect({ lost, tenants }).toEqual({ lost: [], tenants: [] });
      expect(await unpark(5, plenty)).toEqual({ entries: [], lost: [], tenants: [] });
      expect(await log().touch('b', [id ?? ''])).toEqual([id]);
    });

    it('counts no deliveries, however often an entry is parked', async () => {
      const [id = ''] = await park('acme');
      for (let index = 0; index < 12; index += 1) {
        const { entries } = await unpark(1, plenty);
        expect(entries).toMatchObject([{ entry: { id, attempt: 1 } }]);
        await log().park('b', 'acme', [id]);
      }
      await unpark(1, plenty);
      const { entries } = await log().reclaim({ consumer: 'c', count: 1, minIdleMs: 0 });
      expect(entries).toMatchObject([{ id, attempt: 2 }]);
      await log().park('c', 'acme', [id]);
      expect((await unpark(1, plenty)).entries).toMatchObject([{ entry: { attempt: 2 } }]);
    });

    it('parks own entries only', async () => {
      await log().append({ data: body });
      const [entry] = await readAll(messaging(), { consumer: 'a' });
      await log().park('b', 'acme', [entry?.id ?? '', '1-1']);
      expect(await unpark(5, plenty)).toMatchObject({ entries: [], tenants: [] });
      expect(await log().touch('a', [entry?.id ?? ''])).toEqual([entry?.id]);
      await log().park('a', 'acme', []);
    });

    it('gives the oldest first, tenants in turn, no more than there is room for', async () => {
      const [a1, a2, a3, b1, c1] = await park('a', 'a', 'a', 'b', 'c');
      const rooms = { each: 2, of: new Map([['c', 0]]) };
      expect(await unpark(0, rooms).then(({ tenants }) => tenants.sort())).toEqual(['a', 'b', 'c']);
      expect(idsOf(await unpark(2, rooms))).toEqual([a1, b1]);
      const next = await unpark(9, { each: 1, of: new Map([['c', 0]]) });
      expect(idsOf(next)).toEqual([a2]);
      expect(next.tenants.sort()).toEqual(['a', 'c']);
      expect(idsOf(await unpark(9, { each: 1, of: new Map([['a', 0]]) }))).toEqual([c1]);
      const last = await unpark(9, plenty);
      expect(idsOf(last)).toEqual([a3]);
      expect(last.tenants).toEqual([]);
    });

    it('gives entries to one consumer only', async () => {
      const ids = await park(...Array.from({ length: 20 }, () => 'acme'));
      const found = await Promise.all(
        ['b', 'c', 'd'].map((consumer) => log().unpark({ consumer, count: 9, rooms: plenty })),
      );
      expect(found.flatMap(idsOf).sort()).toEqual(ids.sort());
    });

    it('tells peers that there is something', async () => {
      await log().append({ data: body });
      const [entry] = await readAll(messaging(), { consumer: 'a' });
      const told = Promise.withResolvers<void>();
      await using _watch = log().watchGivenBack(() => told.resolve());
      await log().park('a', 'acme', [entry?.id ?? '']);
      await told.promise;
    });

    it('reclaims nothing that is parked, however long', async () => {
      await park('acme');
      const { entries } = await log().reclaim({ consumer: 'c', count: 9, minIdleMs: 0 });
      expect(entries).toEqual([]);
    });

    it('counts what is parked as waiting', async () => {
      await park('acme', 'globex');
      const waiting = { lag: 2, pending: 0, oldestPendingMs: null };
      expect(await log().depth()).toMatchObject(waiting);
      await unpark(1, plenty);
      const depth = await log().depth();
      expect(depth).toMatchObject({ lag: 1, pending: 1 });
      expect(depth.oldestPendingMs).toBeGreaterThanOrEqual(0);
    });

    it('refuses entries when too many wait or are parked', async () => {
      const ids = [];
      for (let index = 0; index < maxLag; index += 1) ids.push(await log().append({ data: 'x' }));
      const some = await readAll(messaging(), { consumer: 'a', count: 20 });
      const parked = some.map(({ id }) => id);
      await log().append({ data: 'into the room of those that were read' });
      await log().park('a', 'acme', parked);
      await expect(log().append({ data: 'x' })).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    });

    it('never forgets a tenant with parked entries, and lets consumers go that parked them', async () => {
      const [id] = await park('acme');
      expect(await log().leave('a')).toBe(true);
      expect(await log().reapConsumers(0)).toBe(0);
      expect(idsOf(await unpark(1, plenty))).toEqual([id]);
    });

    it('tells tenants apart whatever they are called', async () => {
      const names = ['a b', 'a:b', 'a%20b', 'ä\n', '', '🦊'];
      await park(...names);
      const { tenants } = await unpark(0, plenty);
      expect(tenants.sort()).toEqual(names.sort());
      const rooms = { each: 0, of: new Map([['a%20b', 1]]) };
      expect((await unpark(9, rooms)).entries.map(({ tenant }) => tenant)).toEqual(['a%20b']);
    });
  });
}

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Messaging } from '../../src/messaging/messaging.js';
import type { LogEntry, Reply } from '../../src/messaging/request-log.js';
import {
  aKey,
  aWaiter,
  beginJob,
  body,
  maxLag,
  readAll,
  runJob,
  type Subject,
} from './contract.js';
import { describeParking } from './contract-parking.js';

/** What every log of requests must do, and what it does together with the jobs. `open` gives a new, empty one. */
export function describeRequestLog(name: string, open: () => Promise<Subject>): void {
  describe(name, () => {
    let subject: Subject;
    let messaging: Messaging;
    beforeEach(async () => {
      subject = await open();
      messaging = subject.messaging;
    });
    afterEach(async () => {
      await subject?.[Symbol.asyncDispose]();
    });

    async function appendAndRead(consumer: string): Promise<LogEntry> {
      await messaging.requests.append({ data: body });
      const [entry] = await readAll(messaging, { consumer, count: 1 });
      if (!entry) throw new Error('Nothing was delivered.');
      return entry;
    }

    it('delivers each entry to one consumer, with its bytes, in order', async () => {
      const ids = [];
      for (const data of ['one', 'two', 'three']) {
        ids.push(await messaging.requests.append({ data, raw: body }));
      }
      const first = await readAll(messaging, { consumer: 'a', count: 2 });
      const second = await readAll(messaging, { consumer: 'b' });
      expect([...first, ...second].map(({ id }) => id)).toEqual(ids);
      expect(first).toHaveLength(2);
      const [entry] = first;
      expect(entry?.attempt).toBe(1);
      expect(entry?.fields.get('data')?.toString()).toBe('one');
      expect(Buffer.compare(entry?.fields.get('raw') ?? Buffer.alloc(0), body)).toBe(0);
    });

    it('ends a read that nothing came for', async () => {
      expect(await readAll(messaging, { consumer: 'a' })).toEqual([]);
    });

    it('wakes a read when an entry comes', async () => {
      const { signal } = new AbortController();
      const reading = messaging.requests.read({ consumer: 'a', count: 5, blockMs: 5000, signal });
      const id = await messaging.requests.append({ data: 'x' });
      expect((await reading).map((entry) => entry.id)).toEqual([id]);
    });

    it('ends a read that is aborted, and goes on reading afterwards', async () => {
      const ending = new AbortController();
      const { signal } = ending;
      const reading = messaging.requests.read({ consumer: 'a', count: 5, blockMs: 60_000, signal });
      ending.abort();
      expect(await reading).toEqual([]);
      const id = await messaging.requests.append({ data: 'x' });
      expect((await readAll(messaging, { consumer: 'a' })).map((entry) => entry.id)).toEqual([id]);
    });

    it('refuses entries above its limit and drops none of those that wait', async () => {
      for (let index = 0; index < maxLag; index += 1) {
        await messaging.requests.append({ data: String(index) });
      }
      await expect(messaging.requests.append({ data: 'x' })).rejects.toMatchObject({
        code: 'LIMIT_EXCEEDED',
      });
      expect(await readAll(messaging, { consumer: 'a', count: 100 })).toHaveLength(maxLag);
      await messaging.requests.append({ data: 'room again' });
    });

    it('sends replies and ends the entry', async () => {
      const entry = await appendAndRead('a');
      const replyTo = aWaiter().replyTo;
      const replies: Reply[] = [
        { replyTo, fields: { data: 'one', ts: '1' } },
        { replyTo, fields: { data: Buffer.from('two') } },
      ];
      await messaging.requests.settle(entry, { replies, isDone: true });
      expect(await subject.replies(replyTo)).toEqual([{ data: 'one', ts: '1' }, { data: 'two' }]);
      expect(await messaging.requests.depth()).toEqual({
        lag: 0,
        pending: 0,
        oldestPendingMs: null,
        deadLetters: 0,
      });
    });

    it('keeps an entry pending that is settled without its end', async () => {
      const entry = await appendAndRead('a');
      await messaging.requests.settle(entry, { replies: [], isDone: false });
      expect(await messaging.requests.depth()).toMatchObject({ pending: 1 });
    });

    it('counts what waits and what is pending', async () => {
      await appendAndRead('a');
      await messaging.requests.append({ data: 'waits' });
      const depth = await messaging.requests.depth();
      expect(depth).toMatchObject({ lag: 1, pending: 1, deadLetters: 0 });
      expect(depth.oldestPendingMs).toBeGreaterThanOrEqual(0);
      expect(depth.oldestPendingMs).toBeLessThan(60_000);
    });

    it('gives entries of a silent consumer to another, and counts the delivery', async () => {
      const entry = await appendAndRead('a');
      const reclaim = (minIdleMs: number) =>
        messaging.requests.reclaim({ consumer: 'b', count: 10, minIdleMs });
      expect(await reclaim(3_600_000)).toEqual({ entries: [], lost: [] });
      const { entries } = await reclaim(0);
      expect(entries).toMatchObject([{ id: entry.id, attempt: 2 }]);
      expect(entries[0]?.fields.get('data')).toEqual(body);
      expect((await reclaim(0)).entries).toMatchObject([{ id: entry.id, attempt: 3 }]);
    });

    it('reclaims no more than it is asked for', async () => {
      for (let index = 0; index < 3; index += 1) await appendAndRead('a');
      const { requests } = messaging;
      expect(
        (await requests.reclaim({ consumer: 'b', count: 2, minIdleMs: 0 })).entries,
      ).toHaveLength(2);
    });

    it('keeps touched entries from being reclaimed, but not those of another', async () => {
      const entry = await appendAndRead('a');
      const { requests } = messaging;
      await sleep(60);
      expect(await requests.touch('b', [entry.id])).toEqual([]);
      expect(await requests.touch('a', [entry.id, '1-1'])).toEqual([entry.id]);
      const young = await requests.reclaim({ consumer: 'b', count: 1, minIdleMs: 50 });
      expect(young.entries).toEqual([]);
      const { entries } = await requests.reclaim({ consumer: 'b', count: 1, minIdleMs: 0 });
      expect(entries).toMatchObject([{ id: entry.id, attempt: 2 }]);
    });

    it('lets a peer reclaim what was given back at once, and tells it', async () => {
      const entry = await appendAndRead('a');
      const { requests } = messaging;
      const told = Promise.withResolvers<void>();
      await using _watch = requests.watchGivenBack(() => told.resolve());
      await requests.giveBack('b', [entry.id]);
      expect(
        (await requests.reclaim({ consumer: 'c', count: 1, minIdleMs: 3_600_000 })).entries,
      ).toEqual([]);
      await requests.giveBack('a', [entry.id]);
      await told.promise;
      expect(
        (await requests.reclaim({ consumer: 'c', count: 1, minIdleMs: 3_600_000 })).entries,
      ).toMatchObject([{ id: entry.id }]);
    });

    describeParking(() => subject.messaging);

    it('forgets a consumer only when nothing of it is pending', async () => {
      const { requests } = messaging;
      const entry = await appendAndRead('a');
      expect(await requests.leave('a')).toBe(false);
      expect(await requests.reapConsumers(0)).toBe(0);
      await requests.settle(entry, { replies: [], isDone: true });
      expect(await requests.reapConsumers(3_600_000)).toBe(0);
      expect(await requests.reapConsumers(0)).toBe(1);
      expect(await requests.leave('a')).toBe(true);
    });

    it('puts an entry aside with a reason, and replays it once', async () => {
      const { requests } = messaging;
      const about = { tenant: 'acme', error: 'It is not a map.', traceId: 'trace-1' };
      await requests.append({ data: body, ts: '17', trace_id: 'trace-1' });
      const [entry] = await readAll(messaging, { consumer: 'a' });
      if (!entry) throw new Error('Nothing was delivered.');
      const replies = [{ replyTo: 'sg:tools:reply:1', fields: { data: 'sorry' } }];
      const deadLetter = { reason: 'invalid' as const, ...about };
      await requests.settle(entry, { replies, deadLetter, isDone: true });
      expect(await requests.depth()).toMatchObject({ pending: 0, deadLetters: 1 });
      const [letter] = await requests.listDeadLetters({ first: 10, after: null });
      expect(letter).toMatchObject({
        ...about,
        reason: 'invalid',
        originalStream: 'sg:stream:tools',
        originalId: entry.id,
        attempt: 1,
      });
      expect(Object.fromEntries(letter?.fields ?? [])).toEqual(Object.fromEntries(entry.fields));
      const id = letter?.id ?? '';
      expect(await requests.findDeadLetter(id)).toEqual(letter);
      const replayed = await requests.replayDeadLetter(id);
      expect(await requests.replayDeadLetter(id)).toBeNull();
      expect(await requests.findDeadLetter(id)).toBeNull();
      const again = await readAll(messaging, { consumer: 'b' });
      expect(again).toMatchObject([{ id: replayed, attempt: 1 }]);
      expect(Object.fromEntries(again[0]?.fields ?? [])).toEqual(Object.fromEntries(entry.fields));
    });

    it('lists dead letters newest first, page by page', async () => {
      const { requests } = messaging;
      for (const error of ['one', 'two', 'three']) {
        const entry = await appendAndRead('a');
        const deadLetter = { tenant: null, reason: 'oversize' as const, error, traceId: '' };
        await requests.settle(entry, { replies: [], deadLetter, isDone: true });
      }
      const newest = await requests.listDeadLetters({ first: 2, after: null });
      expect(newest.map(({ error }) => error)).toEqual(['three', 'two']);
      const rest = await requests.listDeadLetters({ first: 2, after: newest[1]?.id ?? '' });
      expect(rest.map(({ error, tenant }) => [error, tenant])).toEqual([['one', null]]);
    });

    it('keeps no fields of an entry that is too large, and refuses to replay it', async () => {
      const { requests } = messaging;
      await requests.append({ data: Buffer.alloc(1024 * 1024 + 1) });
      const [entry] = await readAll(messaging, { consumer: 'a' });
      if (!entry) throw new Error('Nothing was delivered.');
      const about = { tenant: null, reason: 'oversize' as const, error: 'Too large.', traceId: '' };
      await requests.settle(entry, { replies: [], deadLetter: about, isDone: true });
      const [letter] = await requests.listDeadLetters({ first: 1, after: null });
      expect(letter?.fields.size).toBe(0);
      await expect(requests.replayDeadLetter(letter?.id ?? '')).rejects.toMatchObject({
        code: 'PRECONDITION_FAILED',
      });
    });

    it('completes a job: keeps its body, answers everybody, ends the entry', async () => {
      for (const others of [0, 2]) {
        const entry = await appendAndRead('a');
        const key = aKey();
        const asker = aWaiter();
        const held = await runJob(messaging, { key, entryId: entry.id, waiter: asker });
        const joined = Array.from({ length: others }, aWaiter);
        for (const waiter of joined) await beginJob(messaging, { key, entryId: '1-0', waiter });
        const completed = await messaging.complete({
          ...{ held, body, retentionMs: 60_000, entry, asker, taker: null },
          toReplies: (waiters) =>
            waiters.map(({ replyTo, correlationId }) => ({ replyTo, fields: { correlationId } })),
        });
        expect(completed).toEqual({ next: null });
        for (const { replyTo, correlationId } of [asker, ...joined]) {
          expect(await subject.replies(replyTo)).toEqual([{ correlationId }]);
        }
        expect(await messaging.requests.depth()).toMatchObject({ pending: 0 });
        expect(await messaging.jobs.find(key)).toMatchObject({ state: 'done', body });
      }
    });

    it('answers the asker of a job whose record was lost', async () => {
      const entry = await appendAndRead('a');
      const key = aKey();
      const asker = aWaiter();
      const held = await runJob(messaging, { key, entryId: entry.id, waiter: asker });
      await subject.endRecord(key);
      const toReplies = (waiters: readonly { replyTo: string }[]) =>
        waiters.map(({ replyTo }) => ({ replyTo, fields: { data: 'x' } }));
      const completion = { held, body, retentionMs: 60_000, entry, asker, toReplies, taker: null };
      expect(await messaging.complete(completion)).not.toBeNull();
      expect(await subject.replies(asker.replyTo)).toEqual([{ data: 'x' }]);
    });

    it('neither answers nor ends anything for a holder that is fenced off', async () => {
      const entry = await appendAndRead('a');
      const key = aKey();
      const asker = aWaiter();
      const held = await runJob(messaging, { key, entryId: entry.id, waiter: asker });
      await subject.endLease(key);
      await runJob(messaging, { key, entryId: entry.id });
      await messaging.requests.append({ data: 'next' });
      const completed = await messaging.complete({
        ...{ held, body, retentionMs: 60_000, entry, asker, taker: 'tools-1' },
        toReplies: () => [{ replyTo: asker.replyTo, fields: { data: 'x' } }],
      });
      expect(completed).toBeNull();
      expect(await subject.replies(asker.replyTo)).toEqual([]);
      expect(await messaging.requests.depth()).toMatchObject({ pending: 1, lag: 1 });
    });

    it('completes a job that nobody waits for', async () => {
      const entry = await appendAndRead('a');
      const held = await runJob(messaging, { key: aKey(), entryId: entry.id });
      const completion = { held, body, retentionMs: 60_000, entry, asker: null, taker: null };
      expect(await messaging.complete({ ...completion, toReplies: () => [] })).not.toBeNull();
      expect(await messaging.requests.depth()).toMatchObject({ pending: 0 });
    });

    it('hands the next request to one consumer alone, with the end of a job or when it reads', async () => {
      const entry = await appendAndRead('first');
      const held = await runJob(messaging, { key: aKey(), entryId: entry.id });
      for (const data of ['second', 'third']) await messaging.requests.append({ data });
      const completed = await messaging.complete({
        ...{ held, body, retentionMs: 60_000, entry, asker: null, taker: 'a' },
        toReplies: () => [],
      });
      const read = await readAll(messaging, { consumer: 'b' });
      const found = [...(completed?.next ? [completed.next] : []), ...read];
      expect(found.map(({ fields }) => fields.get('data')?.toString())).toEqual([
        'second',
        'third',
      ]);
      expect(found.every(({ attempt }) => attempt === 1)).toBe(true);
      expect(await messaging.requests.depth()).toMatchObject({ pending: 2, lag: 0 });
    });

    it('publishes a catalog only over the one that was expected', async () => {
      const { catalogs } = messaging;
      expect(await catalogs.current()).toBeNull();
      const publish = (expected: number) =>
        catalogs.publish({ expected, body, schemaHash: randomUUID(), keepMs: 60_000 });
      const first = await publish(0);
      expect(await publish(0)).toBeNull();
      const second = await publish(first ?? 0);
      expect(second).toBeGreaterThan(first ?? 0);
      expect(await catalogs.current()).toEqual({ seq: second, body });
      expect(await catalogs.find(first ?? 0)).toEqual(body);
      expect(await catalogs.find(99)).toBeNull();
    });

    it('has no session under a name that nobody wrote', async () => {
      expect(await messaging.sessions.find('nobody')).toBeNull();
      expect(await messaging.sessions.find('')).toBeNull();
    });

    it('let the first who uses a grant use it again, and nobody else', async () => {
      const { grants } = messaging;
      const id = randomUUID();
      expect(await grants.use({ id, by: 'one', keepMs: 0 })).toBe(false);
      const both = ['one', 'two'].map((by) => grants.use({ id, by, keepMs: 60_000 }));
      expect(await Promise.all(both)).toEqual([true, false]);
      expect(await grants.use({ id, by: 'one', keepMs: 0 })).toBe(true);
      expect(await grants.use({ id, by: 'two', keepMs: 60_000 })).toBe(false);
      const short = randomUUID();
      expect(await grants.use({ id: short, by: 'one', keepMs: 1 })).toBe(true);
      await expect.poll(() => grants.use({ id: short, by: 'two', keepMs: 60_000 })).toBe(true);
    });

    it('answers a ping, announces an instance and withdraws it', async () => {
      await messaging.ping();
      await messaging.presence.announce('tools-1', { state: 'ready' }, 15_000);
      await messaging.presence.withdraw('tools-1');
    });
  });
}

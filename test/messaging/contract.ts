import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type BegunJob,
  type HeldJob,
  type JobKey,
  maxWaiters,
  type Waiter,
} from '../../src/messaging/job-store.js';
import type { Messaging } from '../../src/messaging/messaging.js';
import type { LogEntry } from '../../src/messaging/request-log.js';

/** One adapter, and what only whoever stands outside of it can do. */
export type Subject = AsyncDisposable & {
  messaging: Messaging;
  /** The job's lease ends now. */
  endLease(key: JobKey): Promise<void>;
  /** The time for which a finished job's body is kept ends now. */
  endBody(key: JobKey): Promise<void>;
  /** The job's record ends now, or is lost. */
  endRecord(key: JobKey): Promise<void>;
  /** What lies on a caller's stream, as text by name. */
  replies(replyTo: string): Promise<Record<string, string>[]>;
};

export const maxLag = 50;
export const body = Buffer.from([0x00, 0xff, 0xfe, 0x80, 0x0a]);

export function aKey(): JobKey {
  return { tenant: 'acme', id: randomUUID() };
}

export function aWaiter(): Waiter {
  return { replyTo: `sg:tools:reply:${randomUUID()}`, correlationId: randomUUID() };
}

export function beginJob(
  { jobs }: Messaging,
  about: { key: JobKey; entryId?: string; waiter?: Waiter | null; digest?: string },
): Promise<BegunJob> {
  const { key, entryId = '1-0', waiter = null, digest = 'digest' } = about;
  return jobs.begin({ key, digest, owner: 'tools-1', entryId, waiter, leaseMs: 60_000 });
}

export async function runJob(
  messaging: Messaging,
  about: Parameters<typeof beginJob>[1],
): Promise<HeldJob> {
  const begun = await beginJob(messaging, about);
  if (begun.kind !== 'run') throw new Error(`The job is ${begun.kind}.`);
  return begun.held;
}

export async function readAll(
  { requests }: Messaging,
  { consumer, count = 10 }: { consumer: string; count?: number },
): Promise<LogEntry[]> {
  const { signal } = new AbortController();
  return requests.read({ consumer, count, blockMs: 1, signal });
}

/** What every adapter must do. `open` gives a new, empty one. */
export function describeMessaging(name: string, open: () => Promise<Subject>): void {
  describe(name, () => {
    let subject: Subject;
    let messaging: Messaging;
    beforeAll(async () => {
      subject = await open();
      messaging = subject.messaging;
    });
    afterAll(async () => {
      await subject?.[Symbol.asyncDispose]();
    });

    describe('jobs', () => {
      it('hands a new job to whoever begins it, with attempt 1 and nothing started', async () => {
        const key = aKey();
        const begun = await beginJob(messaging, { key });
        expect(begun).toMatchObject({ kind: 'run', held: { key, attempt: 1 }, wasStarted: false });
        expect(await messaging.jobs.find(key)).toMatchObject({ state: 'running', attempt: 1 });
      });

      it('has no job that nobody began', async () => {
        expect(await messaging.jobs.find(aKey())).toBeNull();
      });

      it('lets another entry join a running job and names the entry that runs it', async () => {
        const key = aKey();
        const [first, second] = [aWaiter(), aWaiter()];
        const held = await runJob(messaging, { key, entryId: '1-0', waiter: first });
        const joined = await beginJob(messaging, { key, entryId: '2-0', waiter: second });
        expect(joined).toEqual({ kind: 'running', entryId: '1-0', isJoined: true });
        const waiters = await messaging.jobs.finish(held, body, 60_000);
        expect(waiters).toHaveLength(2);
        expect(waiters).toEqual(expect.arrayContaining([first, second]));
      });

      it('does not count the same waiter twice', async () => {
        const key = aKey();
        const [first, second] = [aWaiter(), aWaiter()];
        const held = await runJob(messaging, { key, waiter: first });
        for (const waiter of [first, second, second]) {
          await beginJob(messaging, { key, entryId: '2-0', waiter });
        }
        expect(await messaging.jobs.finish(held, body, 60_000)).toHaveLength(2);
      });

      it('leaves the entry that runs pending when it comes again', async () => {
        const key = aKey();
        await runJob(messaging, { key, entryId: '1-0', waiter: aWaiter() });
        expect(await beginJob(messaging, { key, entryId: '1-0' })).toEqual({
          kind: 'running',
          entryId: '1-0',
          isJoined: false,
        });
      });

      it('does not take in more waiters than it can hold', async () => {
        const key = aKey();
        const held = await runJob(messaging, { key, waiter: aWaiter() });
        const kinds = new Set<unknown>();
        for (let round = 0; round < 3; round += 1) {
          const begun = await Promise.all(
            Array.from({ length: 100 }, () =>
              beginJob(messaging, { key, entryId: '2-0', waiter: aWaiter() }),
            ),
          );
          for (const one of begun) kinds.add(one.kind === 'running' && one.isJoined);
        }
        expect(kinds).toEqual(new Set([true, false]));
        expect(await messaging.jobs.finish(held, body, 60_000)).toHaveLength(maxWaiters);
      });

      it('refuses a key with other arguments, running or done', async () => {
        const key = aKey();
        const held = await runJob(messaging, { key, digest: 'one' });
        expect(await beginJob(messaging, { key, digest: 'two' })).toEqual({ kind: 'mismatch' });
        await messaging.jobs.finish(held, body, 60_000);
        expect(await beginJob(messaging, { key, digest: 'two' })).toEqual({ kind: 'mismatch' });
      });

      it('keeps the jobs of tenants apart', async () => {
        const id = randomUUID();
        await runJob(messaging, { key: { tenant: 'a:b', id }, digest: 'one' });
        const other = await beginJob(messaging, { key: { tenant: 'a', id }, digest: 'two' });
        expect(other).toMatchObject({ kind: 'run', wasStarted: false });
      });

      it('answers a finished job with its bytes, and only the asker where the entry is another', async () => {
        const key = aKey();
        const [first, second] = [aWaiter(), aWaiter()];
        const held = await runJob(messaging, { key, entryId: '1-0', waiter: first });
        await messaging.jobs.finish(held, body, 60_000);
        const done = await beginJob(messaging, { key, entryId: '2-0', waiter: second });
        expect(done).toMatchObject({ kind: 'done', waiters: [second] });
        expect(done.kind === 'done' && done.body && Buffer.compare(done.body, body)).toBe(0);
      });

      it('names all who waited to the entry that ran the job and died before it told them', async () => {
        const key = aKey();
        const [first, second] = [aWaiter(), aWaiter()];
        const held = await runJob(messaging, { key, entryId: '1-0', waiter: first });
        await beginJob(messaging, { key, entryId: '2-0', waiter: second });
        await messaging.jobs.finish(held, body, 60_000);
        const again = await beginJob(messaging, { key, entryId: '1-0', waiter: first });
        if (again.kind !== 'done') throw new Error(again.kind);
        expect(again.waiters).toHaveLength(2);
        expect(again.waiters).toEqual(expect.arrayContaining([first, second]));
      });

      it('hands a job whose lease ended to the next, and fences the one before', async () => {
        const key = aKey();
        const old = await runJob(messaging, { key, entryId: '1-0' });
        await messaging.jobs.start(old);
        await subject.endLease(key);
        const taken = await beginJob(messaging, { key, entryId: '2-0' });
        expect(taken).toMatchObject({ kind: 'run', held: { attempt: 2 }, wasStarted: true });
        expect(await messaging.jobs.beat(old, 60_000)).toBe(false);
        expect(await messaging.jobs.start(old)).toBe(false);
        expect(await messaging.jobs.finish(old, body, 60_000)).toBeNull();
        await messaging.jobs.release(old);
        expect(await beginJob(messaging, { key, entryId: '3-0' })).toMatchObject({
          kind: 'running',
        });
      });

      it('keeps those who waited through a takeover', async () => {
        const key = aKey();
        const waiters = [aWaiter(), aWaiter(), aWaiter()];
        await runJob(messaging, { key, entryId: '1-0', waiter: waiters[0] ?? null });
        await beginJob(messaging, { key, entryId: '2-0', waiter: waiters[1] ?? null });
        await subject.endLease(key);
        const held = await runJob(messaging, { key, entryId: '3-0', waiter: waiters[2] ?? null });
        const answered = await messaging.jobs.finish(held, body, 60_000);
        expect(answered).toHaveLength(3);
        expect(answered).toEqual(expect.arrayContaining(waiters));
      });

      it('lets the holder finish after its lease ended where nobody took over', async () => {
        const key = aKey();
        const held = await runJob(messaging, { key });
        await subject.endLease(key);
        expect(await messaging.jobs.finish(held, body, 60_000)).toEqual([]);
      });

      it('extends a lease by a beat', async () => {
        const key = aKey();
        const held = await runJob(messaging, { key });
        await subject.endLease(key);
        expect(await messaging.jobs.beat(held, 60_000)).toBe(true);
        expect(await beginJob(messaging, { key, entryId: '2-0' })).toMatchObject({
          kind: 'running',
        });
      });

      it('lets the next run a released job at once, with the mark of the start or without', async () => {
        for (const isStarted of [true, false]) {
          const key = aKey();
          const held = await runJob(messaging, { key });
          await messaging.jobs.start(held);
          await messaging.jobs.release(held, { isStarted });
          expect(await messaging.jobs.beat(held, 60_000)).toBe(false);
          expect(await beginJob(messaging, { key })).toMatchObject({
            kind: 'run',
            held: { attempt: 2 },
            wasStarted: isStarted,
          });
        }
      });

      it('answers the same to a finish that is sent twice', async () => {
        const key = aKey();
        const waiter = aWaiter();
        const held = await runJob(messaging, { key, waiter });
        expect(await messaging.jobs.finish(held, body, 60_000)).toEqual([waiter]);
        expect(await messaging.jobs.finish(held, body, 60_000)).toEqual([waiter]);
      });

      it('cannot be beaten, started or released once it is done', async () => {
        const key = aKey();
        const held = await runJob(messaging, { key });
        await messaging.jobs.finish(held, body, 60_000);
        expect(await messaging.jobs.beat(held, 60_000)).toBe(false);
        expect(await messaging.jobs.start(held)).toBe(false);
        await messaging.jobs.release(held);
        expect(await beginJob(messaging, { key })).toMatchObject({ kind: 'done' });
      });

      it('keeps the fact longer than the body', async () => {
        const key = aKey();
        const held = await runJob(messaging, { key });
        await messaging.jobs.finish(held, body, 60_000);
        await subject.endBody(key);
        expect(await beginJob(messaging, { key, entryId: '2-0' })).toMatchObject({
          kind: 'done',
          body: null,
        });
      });

      it('runs a job anew whose record ended', async () => {
        const key = aKey();
        const held = await runJob(messaging, { key });
        await messaging.jobs.finish(held, body, 60_000);
        await subject.endRecord(key);
        expect(await messaging.jobs.find(key)).toBeNull();
        expect(await beginJob(messaging, { key, digest: 'other' })).toMatchObject({
          kind: 'run',
          held: { attempt: 1 },
        });
      });

      it('writes a lost record anew for its holder', async () => {
        for (const act of ['beat', 'start', 'finish'] as const) {
          const key = aKey();
          const held = await runJob(messaging, { key, entryId: '1-0' });
          await subject.endRecord(key);
          if (act === 'beat') expect(await messaging.jobs.beat(held, 60_000)).toBe(true);
          if (act === 'start') expect(await messaging.jobs.start(held)).toBe(true);
          if (act === 'finish') expect(await messaging.jobs.finish(held, body, 60_000)).toEqual([]);
          expect(await beginJob(messaging, { key, entryId: '2-0' })).toMatchObject({
            kind: act === 'finish' ? 'done' : 'running',
          });
        }
      });

      it('does not mistake the holder of a lost record for the one that began it anew', async () => {
        const key = aKey();
        const old = await runJob(messaging, { key });
        await subject.endRecord(key);
        const young = await runJob(messaging, { key });
        expect(young.attempt).toBe(old.attempt);
        expect(await messaging.jobs.finish(old, body, 60_000)).toBeNull();
        expect(await messaging.jobs.finish(young, body, 60_000)).toEqual([]);
      });

      it('gives a job to one of many that begin it at once', async () => {
        const key = aKey();
        const begun = await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            beginJob(messaging, { key, entryId: `${index}-0`, waiter: aWaiter() }),
          ),
        );
        const running = begun.flatMap((one) => (one.kind === 'run' ? [one.held] : []));
        expect(running).toHaveLength(1);
        const [held] = running;
        expect(held && (await messaging.jobs.finish(held, body, 60_000))).toHaveLength(20);
      });
    });
  });
}

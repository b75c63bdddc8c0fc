import { randomUUID } from 'node:crypto';
import {
  abandonedKeepMs,
  type BeginJob,
  type BegunJob,
  type HeldJob,
  type JobKey,
  type JobState,
  type JobStore,
  maxWaiters,
  type Waiter,
} from '../job-store.js';

type JobRecord = {
  digest: string;
  token: string;
  entryId: string;
  attempt: number;
  isStarted: boolean;
  isDone: boolean;
  leaseEndsAt: number;
  body: Uint8Array | null;
  bodyEndsAt: number;
  expiresAt: number;
  waiters: Map<string, Waiter>;
};

/** Begins between two looks for records that are past their time. */
const sweepEvery = 500;

/** Jobs of this process alone, gone with it. `now`: milliseconds since the epoch. */
export function createMemoryJobStore(now: () => number = Date.now): JobStore {
  const records = new Map<string, JobRecord>();
  let begins = 0;

  function live(key: JobKey): JobRecord | null {
    const record = records.get(nameOf(key));
    return record && record.expiresAt > now() ? record : null;
  }

  /** The record while `held` is its newest holder; one that is gone is written anew. Null: fenced off. */
  function holding(held: HeldJob): JobRecord | null {
    const found = live(held.key);
    if (found) return found.token === held.token ? found : null;
    const record: JobRecord = { ...emptyRecord(held), attempt: held.attempt, token: held.token };
    extend(record, now(), held.leaseMs);
    records.set(nameOf(held.key), record);
    return record;
  }

  function sweep(): void {
    begins += 1;
    if (begins % sweepEvery !== 0) return;
    for (const [name, { expiresAt }] of records) if (expiresAt <= now()) records.delete(name);
  }

  return {
    begin: async (job) => {
      sweep();
      const found = live(job.key);
      if (found && found.digest !== job.digest) return { kind: 'mismatch' };
      if (found?.isDone) return toDone(found, job, now());
      const record = found ?? emptyRecord(job);
      const isJoined = join(record, job.waiter);
      if (found && record.leaseEndsAt > now()) {
        const isOwnEntry = record.entryId === job.entryId;
        return { kind: 'running', entryId: record.entryId, isJoined: isJoined && !isOwnEntry };
      }
      record.attempt += 1;
      record.token = randomUUID();
      record.entryId = job.entryId;
      extend(record, now(), job.leaseMs);
      records.set(nameOf(job.key), record);
      return { kind: 'run', held: toHeld(job, record), wasStarted: record.isStarted };
    },
    beat: async (held, leaseMs) => {
      const record = holding(held);
      if (!record || record.isDone) return false;
      extend(record, now(), leaseMs);
      return true;
    },
    start: async (held) => {
      const record = holding(held);
      if (!record || record.isDone) return false;
      record.isStarted = true;
      return true;
    },
    finish: async (held, body, retentionMs) => {
      const record = holding(held);
      if (!record) return null;
      if (!record.isDone) {
        record.isDone = true;
        record.body = Buffer.from(body);
        record.bodyEndsAt = now() + retentionMs;
        record.expiresAt = now() + 2 * retentionMs;
      }
      return [...record.waiters.values()];
    },
    release: async (held, { isStarted } = { isStarted: true }) => {
      const record = live(held.key);
      if (!record || record.token !== held.token || record.isDone) return;
      record.leaseEndsAt = 0;
      record.token = '';
      if (!isStarted) record.isStarted = false;
    },
    find: async (key) => {
      const record = live(key);
      return record && toState(record, now());
    },
  };
}

function emptyRecord({ digest, entryId }: Pick<BeginJob, 'digest' | 'entryId'>): JobRecord {
  return {
    digest,
    entryId,
    token: '',
    attempt: 0,
    isStarted: false,
    isDone: false,
    leaseEndsAt: 0,
    body: null,
    bodyEndsAt: 0,
    expiresAt: 0,
    waiters: new Map(),
  };
}

/** False: too many wait already. */
function join({ waiters }: JobRecord, waiter: Waiter | null): boolean {
  if (!waiter) return true;
  const name = `${waiter.replyTo}\0${waiter.correlationId}`;
  if (!waiters.has(name) && waiters.size >= maxWaiters) return false;
  waiters.set(name, { ...waiter });
  return true;
}

function extend(record: JobRecord, at: number, leaseMs: number): void {
  record.leaseEndsAt = at + leaseMs;
  record.expiresAt = record.leaseEndsAt + abandonedKeepMs;
}

function toHeld(
  { key, digest, entryId, leaseMs }: BeginJob,
  { attempt, token }: JobRecord,
): HeldJob {
  return { key, attempt, token, digest, entryId, leaseMs };
}

function toDone(record: JobRecord, job: BeginJob, at: number): BegunJob {
  const isOwnEntry = record.entryId === job.entryId;
  const waiters = new Map(isOwnEntry ? record.waiters : []);
  if (job.waiter) waiters.set(`${job.waiter.replyTo}\0${job.waiter.correlationId}`, job.waiter);
  return { kind: 'done', body: keptBody(record, at), waiters: [...waiters.values()] };
}

function keptBody({ body, bodyEndsAt }: JobRecord, at: number): Uint8Array | null {
  return body && bodyEndsAt > at ? Buffer.from(body) : null;
}

function toState(record: JobRecord, at: number): JobState {
  return {
    state: record.isDone ? 'done' : 'running',
    attempt: record.attempt,
    isStarted: record.isStarted,
    leaseEndsAt: new Date(record.leaseEndsAt),
    body: keptBody(record, at),
  };
}

function nameOf({ tenant, id }: JobKey): string {
  return `${tenant}\0${id}`;
}

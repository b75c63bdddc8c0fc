import type { HeldJob, Waiter } from '../../src/messaging/job-store.js';
import type { Messaging } from '../../src/messaging/messaging.js';
import type { LogEntry, Reply } from '../../src/messaging/request-log.js';
import { readAll } from './contract.js';

/** What a store should do, step by step, in a few lines. */
export type JobModel = {
  state: 'absent' | 'running' | 'done';
  /** Of the holder; null once it was released. */
  holder: number | null;
  isLeased: boolean;
  isStarted: boolean;
  attempt: number;
};

export type Held = { held: HeldJob; entry: LogEntry; waiter: Waiter; key: number; id: number };

/** What happened, whoever did it. */
export type World = {
  messaging: Messaging;
  jobs: JobModel[];
  /** Correlation ids by key. */
  asked: string[][];
  /** Effects of unsafe jobs by key. */
  effects: number[];
  completed: number[];
  /** Holders that live: each has what `begin` gave it. */
  holders: Map<number, Held>;
  nextId: number;
};

export const keys = 4;
export const replyTo = 'sg:tools:reply:model';
const retentionMs = 1_000_000_000;

/** Odd keys stand for unsafe tools. */
export const isUnsafe = (key: number) => key % 2 === 1;

export function aWorld(messaging: Messaging): World {
  const each = <Value>(make: () => Value) => Array.from({ length: keys }, make);
  return {
    messaging,
    jobs: each(() => ({
      state: 'absent',
      holder: null,
      isLeased: false,
      isStarted: false,
      attempt: 0,
    })),
    asked: each(() => []),
    effects: each(() => 0),
    completed: each(() => 0),
    holders: new Map(),
    nextId: 1,
  };
}

export const toKey = (key: number) => ({ tenant: 'acme', id: `key-${key}` });

export async function submit(world: World, key: number): Promise<void> {
  const correlationId = `c-${world.nextId++}`;
  world.asked[key]?.push(correlationId);
  await world.messaging.requests.append({ key: String(key), correlationId });
}

export async function readOne(world: World): Promise<void> {
  for (const entry of await readAll(world.messaging, { consumer: 'a', count: 1 })) {
    await take(world, entry);
  }
}

export async function sweep(world: World): Promise<void> {
  const { requests } = world.messaging;
  const { entries } = await requests.reclaim({ consumer: 'b', count: 100, minIdleMs: 0 });
  for (const entry of entries) await take(world, entry);
}

/** Read by a worker where the tenant has its share. */
export async function parkOne(world: World): Promise<void> {
  for (const { id } of await readAll(world.messaging, { consumer: 'a', count: 1 })) {
    await world.messaging.requests.park('a', 'acme', [id]);
  }
}

export async function unparkOne(world: World): Promise<void> {
  const rooms = { each: 1, of: new Map<string, number>() };
  const { entries } = await world.messaging.requests.unpark({ consumer: 'b', count: 5, rooms });
  if (entries.length > 1) throw new Error('unpark: more than there is room for');
  for (const { entry } of entries) await take(world, entry);
}

/** The rules of the worker, and beside them what the model expects of `begin`. */
async function take(world: World, entry: LogEntry): Promise<void> {
  const text = (name: string) => entry.fields.get(name)?.toString() ?? '';
  const key = Number(text('key'));
  const waiter = { replyTo, correlationId: text('correlationId') };
  const job = jobOf(world, key);
  const begun = await world.messaging.jobs.begin({
    ...{ key: toKey(key), digest: 'd', owner: 'o', entryId: entry.id, waiter, leaseMs: 60_000 },
  });
  const expected = job.state === 'done' ? 'done' : job.isLeased ? 'running' : 'run';
  if (begun.kind !== expected) throw new Error(`begin: ${begun.kind}, not ${expected}`);
  const { requests } = world.messaging;
  if (begun.kind === 'running' && begun.isJoined) {
    await requests.settle(entry, { replies: [], isDone: true });
  }
  if (begun.kind === 'done') {
    await requests.settle(entry, { replies: toReplies(begun.waiters), isDone: true });
  }
  if (begun.kind !== 'run') return;
  if (begun.wasStarted !== job.isStarted) throw new Error('begin: wasStarted');
  if (begun.held.attempt !== job.attempt + 1) throw new Error('begin: attempt');
  const id = world.nextId++;
  Object.assign(job, { state: 'running', holder: id, isLeased: true, attempt: begun.held.attempt });
  const holder = { held: begun.held, entry, waiter, key, id };
  world.holders.set(id, holder);
  // What an unsafe job did before its worker died nobody knows: it ends without running again.
  if (begun.wasStarted && isUnsafe(key)) await complete(world, holder);
}

export async function start(world: World, holder: Held): Promise<void> {
  const job = jobOf(world, holder.key);
  const isHeld = job.holder === holder.id && job.state === 'running';
  if ((await world.messaging.jobs.start(holder.held)) !== isHeld) throw new Error('start');
  if (!isHeld) return;
  if (!job.isStarted) world.effects[holder.key] = (world.effects[holder.key] ?? 0) + 1;
  job.isStarted = true;
}

export async function beat(world: World, holder: Held): Promise<void> {
  const job = jobOf(world, holder.key);
  const isHeld = job.holder === holder.id && job.state === 'running';
  if ((await world.messaging.jobs.beat(holder.held, 60_000)) !== isHeld) throw new Error('beat');
  if (isHeld) job.isLeased = true;
}

export async function complete(world: World, holder: Held): Promise<void> {
  const job = jobOf(world, holder.key);
  const isHeld = job.holder === holder.id;
  const { held, entry, waiter } = holder;
  const body = Buffer.from(`result ${holder.key}`);
  const completed = await world.messaging.complete({
    ...{ held, body, retentionMs, entry, asker: waiter, toReplies, taker: 'a' },
  });
  if ((completed !== null) !== isHeld) throw new Error(`complete: ${completed !== null}`);
  world.holders.delete(holder.id);
  if (!isHeld) return;
  if (job.state !== 'done') world.completed[holder.key] = (world.completed[holder.key] ?? 0) + 1;
  job.state = 'done';
  if (completed?.next) await take(world, completed.next);
}

/** Killed between the two steps of the end: the result is kept, nobody was told. */
export async function finishAndDie(world: World, holder: Held): Promise<void> {
  const job = jobOf(world, holder.key);
  const isHeld = job.holder === holder.id;
  const finished = await world.messaging.jobs.finish(holder.held, Buffer.from('x'), retentionMs);
  if ((finished !== null) !== isHeld) throw new Error('finish');
  world.holders.delete(holder.id);
  if (!isHeld) return;
  if (job.state !== 'done') world.completed[holder.key] = (world.completed[holder.key] ?? 0) + 1;
  job.state = 'done';
}

export async function release(world: World, holder: Held): Promise<void> {
  const job = jobOf(world, holder.key);
  await world.messaging.jobs.release(holder.held);
  await world.messaging.requests.giveBack('a', [holder.entry.id]);
  world.holders.delete(holder.id);
  if (job.holder !== holder.id || job.state !== 'running') return;
  Object.assign(job, { holder: null, isLeased: false });
}

function toReplies(waiters: readonly Waiter[]): Reply[] {
  return waiters.map(({ correlationId }) => ({ replyTo, fields: { correlationId } }));
}

export function jobOf({ jobs }: World, key: number): JobModel {
  const job = jobs[key];
  if (!job) throw new Error(`There is no key ${key}.`);
  return job;
}

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../../src/errors.js';
import { createLogger } from '../../src/logger.js';
import type { Messaging } from '../../src/messaging/messaging.js';
import { openRedisMessaging } from '../../src/messaging/redis/open-redis-messaging.js';
import type { LogEntry } from '../../src/messaging/request-log.js';
import { defaultMessagingSettings } from '../../src/messaging/settings.js';
import { type Fault, startFaultProxy } from '../support/fault-proxy.js';
import {
  findRedisServer,
  type RedisOptions,
  type RedisServer,
  startRedis,
} from '../support/redis-server.js';
import { aKey, aWaiter, body, maxLag, runJob } from './contract.js';

const { stream, group } = defaultMessagingSettings;

function open(port: number): Messaging {
  const settings = { ...defaultMessagingSettings, redisUrl: `redis://127.0.0.1:${port}`, maxLag };
  return openRedisMessaging(settings, { logger: createLogger({ level: 'silent' }), jobs: null });
}

async function aScene(options: RedisOptions = {}) {
  const stack = new AsyncDisposableStack();
  const redis = stack.use(await startRedis(options));
  const messaging = stack.use(open(redis.port));
  return { redis, messaging, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** As the worker's loop: reads again whatever a read failed at. */
async function readUntilSome(
  { requests }: Messaging,
  { signal, count = 10 }: { signal?: AbortSignal; count?: number } = {},
): Promise<LogEntry[]> {
  const never = new AbortController().signal;
  for (;;) {
    const read = { consumer: 'a', count, blockMs: 1000, signal: signal ?? never };
    const entries = await requests.read(read).catch(async (error: unknown) => {
      expect(error).toMatchObject({ code: 'UPSTREAM_FAILED' });
      await sleep(50);
      return [];
    });
    if (entries.length > 0 || signal?.aborted) return entries;
  }
}

/** Tries again what failed because Redis was away. */
async function insist<Result>(act: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'UPSTREAM_FAILED') throw error;
      await sleep(50);
    }
  }
}

/** Resolves when a read of the group waits in Redis. */
async function untilBlocked(redis: RedisServer): Promise<void> {
  await vi.waitFor(
    async () => expect(await redis.client().client('LIST')).toMatch(/flags=b .*cmd=xreadgroup/),
    { timeout: 20_000 },
  );
}

function completion(held: Awaited<ReturnType<typeof runJob>>, entry: LogEntry, replyTo: string) {
  const asker = { replyTo, correlationId: 'c-1' };
  const toReplies = () => [{ replyTo, fields: { data: 'result' } }];
  return { held, body, retentionMs: 60_000, entry, asker, toReplies, taker: null };
}

describe.skipIf(!findRedisServer())('faults of Redis', () => {
  it('goes on after a restart with its data: jobs, entries, group', async () => {
    await using scene = await aScene({ persistence: 'aof' });
    const { redis, messaging } = scene;
    await messaging.requests.append({ data: 'one' });
    await messaging.requests.append({ data: 'two' });
    const [entry] = await readUntilSome(messaging);
    const key = aKey();
    const held = await runJob(messaging, { key, entryId: entry?.id ?? '' });
    await redis.stop('SIGKILL');
    await redis.start();
    expect(await insist(() => messaging.jobs.beat(held, 60_000))).toBe(true);
    expect(await insist(() => messaging.requests.depth())).toMatchObject({ lag: 0, pending: 2 });
  });

  it('counts nothing as waiting that was answered, whatever Redis makes of its log', async () => {
    await using scene = await aScene({ persistence: 'aof' });
    const { redis, messaging } = scene;
    const answerOne = async () => {
      const [entry] = await readUntilSome(messaging, { count: 1 });
      if (!entry) throw new Error('Nothing was delivered.');
      await messaging.requests.settle(entry, { replies: [], isDone: true });
    };
    for (const data of ['one', 'two', 'three', 'four']) await messaging.requests.append({ data });
    await answerOne();
    await redis.client().bgrewriteaof();
    await vi.waitFor(async () =>
      expect(await redis.client().info('persistence')).toContain('aof_rewrite_in_progress:0'),
    );
    await answerOne();
    await answerOne();
    await redis.stop('SIGKILL');
    await redis.start();
    await answerOne();
    expect(await insist(() => messaging.requests.depth())).toMatchObject({ lag: 0, pending: 0 });
  });

  it('delivers what was in flight through a restart that forgot everything', async () => {
    await using scene = await aScene();
    const { redis, messaging } = scene;
    await messaging.requests.append({ data: 'one' });
    const [entry] = await readUntilSome(messaging);
    if (!entry) throw new Error('Nothing was delivered.');
    const { replyTo } = aWaiter();
    const key = aKey();
    const waiter = { replyTo, correlationId: 'c-1' };
    const held = await runJob(messaging, { key, entryId: entry.id, waiter });
    await redis.stop();
    await redis.start();
    expect(await insist(() => messaging.complete(completion(held, entry, replyTo)))).not.toBeNull();
    expect(await redis.client().xlen(replyTo)).toBe(1);
    await messaging.requests.append({ data: 'after' });
    expect((await readUntilSome(messaging))[0]?.fields.get('data')?.toString()).toBe('after');
  });

  for (const [what, remove] of [
    ['FLUSHALL', (redis: RedisServer) => redis.client().flushall()],
    ['DEL of the stream', (redis: RedisServer) => redis.client().del(stream)],
    [
      'XGROUP DESTROY',
      (redis: RedisServer) => redis.client().callBuffer('XGROUP', 'DESTROY', stream, group),
    ],
  ] as const) {
    it(`reads on after ${what} under a read that waits, with nothing lost that comes then`, async () => {
      await using scene = await aScene();
      const { redis, messaging } = scene;
      const reading = readUntilSome(messaging);
      await untilBlocked(redis);
      await remove(redis);
      // As another program does, which knows of no group.
      await redis.client().xadd(stream, '*', 'data', 'after');
      expect((await reading)[0]?.fields.get('data')?.toString()).toBe('after');
    });
  }

  it('does not wait for ever on a server that hangs, and reads on when it wakes', async () => {
    await using scene = await aScene();
    const { redis, messaging } = scene;
    const { signal } = new AbortController();
    await readUntilSome(messaging, { signal: AbortSignal.abort() });
    const blocking = messaging.requests.read({ consumer: 'a', count: 1, blockMs: 500, signal });
    await untilBlocked(redis);
    redis.freeze();
    expect(await blocking).toEqual([]);
    redis.thaw();
    await insist(() => messaging.requests.append({ data: 'after' }));
    expect(await readUntilSome(messaging)).toHaveLength(1);
  });

  it('ends an aborted read, and itself, also while the server hangs', async () => {
    await using redis = await startRedis();
    const messaging = open(redis.port);
    const ending = new AbortController();
    const { signal } = ending;
    const reading = messaging.requests.read({ consumer: 'a', count: 1, blockMs: 60_000, signal });
    await untilBlocked(redis);
    redis.freeze();
    ending.abort();
    expect(await reading).toEqual([]);
    await messaging[Symbol.asyncDispose]();
    redis.thaw();
  });

  it('ends an aborted read that waits for a connection', async () => {
    await using redis = await startRedis();
    redis.freeze();
    const messaging = open(redis.port);
    const ending = new AbortController();
    const { signal } = ending;
    const reading = messaging.requests.read({ consumer: 'a', count: 1, blockMs: 60_000, signal });
    ending.abort();
    expect(await reading).toEqual([]);
    await messaging[Symbol.asyncDispose]();
  });

  it('survives the end of every one of its connections', async () => {
    await using scene = await aScene();
    const { redis, messaging } = scene;
    let heard = 0;
    await using _config = messaging.config.subscribe(() => {
      heard += 1;
    });
    const reading = readUntilSome(messaging);
    await untilBlocked(redis);
    await vi.waitFor(() => expect(heard).toBeGreaterThan(0));
    const before = heard;
    const client = redis.client();
    const own = String(await client.client('ID'));
    const ids = String(await client.client('LIST')).matchAll(/^id=(\d+)/gm);
    for (const [, id] of ids) if (id && id !== own) await client.client('KILL', 'ID', id);
    // A gap in what was heard counts as a message.
    await vi.waitFor(() => expect(heard).toBeGreaterThan(before), { timeout: 20_000 });
    await vi.waitFor(
      async () => expect(await client.publish('sys:config:updated', 'x')).toBeGreaterThan(0),
      { timeout: 20_000 },
    );
    await insist(() => messaging.requests.append({ data: 'after' }));
    expect(await reading).toHaveLength(1);
  });

  it('answers as before when the scripts are forgotten', async () => {
    await using scene = await aScene();
    const { redis, messaging } = scene;
    const held = await runJob(messaging, { key: aKey() });
    await redis.client().script('FLUSH');
    expect(await messaging.jobs.beat(held, 60_000)).toBe(true);
    await redis.client().script('FLUSH');
    const key = aKey();
    await Promise.all([runJob(messaging, { key }), messaging.requests.append({ data: 'x' })]);
    expect(await messaging.jobs.find(key)).toMatchObject({ attempt: 1 });
  });

  it('says UPSTREAM_FAILED and writes nothing half while Redis is out of memory', async () => {
    await using scene = await aScene();
    const { redis, messaging } = scene;
    await messaging.requests.append({ data: 'one' });
    const [entry] = await readUntilSome(messaging);
    if (!entry) throw new Error('Nothing was delivered.');
    const { replyTo } = aWaiter();
    const waiter = { replyTo, correlationId: 'c-1' };
    const held = await runJob(messaging, { key: aKey(), entryId: entry.id, waiter });
    await redis.client().config('SET', 'maxmemory', '1');
    const completing = () => messaging.complete(completion(held, entry, replyTo));
    await expect(completing()).rejects.toMatchObject({
      code: 'UPSTREAM_FAILED',
      message: expect.stringContaining('OOM'),
    });
    await expect(
      messaging.requests.settle(entry, {
        replies: [{ replyTo, fields: { data: 'x' } }],
        isDone: true,
      }),
    ).rejects.toMatchObject({ code: 'UPSTREAM_FAILED' });
    await redis.client().config('SET', 'maxmemory', '0');
    expect(await messaging.requests.depth()).toMatchObject({ pending: 1 });
    expect(await completing()).not.toBeNull();
    expect(await redis.client().xlen(replyTo)).toBe(1);
  });

  it('says UPSTREAM_FAILED while the server is a replica, and goes on when it is none', async () => {
    await using scene = await aScene();
    const { redis, messaging } = scene;
    const held = await runJob(messaging, { key: aKey() });
    await redis.client().replicaof('127.0.0.1', '1');
    await expect(messaging.requests.append({ data: 'x' })).rejects.toMatchObject({
      code: 'UPSTREAM_FAILED',
      message: expect.stringContaining('READONLY'),
    });
    await redis.client().replicaof('NO', 'ONE');
    expect(await insist(() => messaging.jobs.beat(held, 60_000))).toBe(true);
  });

  it('does not lose an answer whose stream is something else: the entry is put aside', async () => {
    await using scene = await aScene();
    const { redis, messaging } = scene;
    await redis.client().set('sg:tools:reply:bad', 'a string');
    for (const isJob of [true, false]) {
      await messaging.requests.append({ data: 'one' });
      const [entry] = await readUntilSome(messaging);
      if (!entry) throw new Error('Nothing was delivered.');
      const good = aWaiter();
      const bad = { replyTo: 'sg:tools:reply:bad', correlationId: 'c-1' };
      const replies = [bad, good].map(({ replyTo }) => ({ replyTo, fields: { data: 'x' } }));
      if (isJob) {
        const held = await runJob(messaging, { key: aKey(), entryId: entry.id, waiter: bad });
        const about = { ...completion(held, entry, bad.replyTo), toReplies: () => replies };
        expect(await messaging.complete(about)).not.toBeNull();
      } else {
        await messaging.requests.settle(entry, { replies, isDone: true });
      }
      expect(await redis.client().xlen(good.replyTo)).toBe(1);
      const [letter] = await messaging.requests.listDeadLetters({ first: 1, after: null });
      expect(letter).toMatchObject({
        reason: 'unanswerable',
        originalId: entry.id,
        tenant: isJob ? 'acme' : null,
      });
    }
    expect(await messaging.requests.depth()).toMatchObject({ pending: 0, deadLetters: 2 });
  });

  it('bounds what lies on a stream that nobody reads, and ends it', async () => {
    await using redis = await startRedis();
    const settings = { ...defaultMessagingSettings, redisUrl: redis.url, maxReplies: 10 };
    await using messaging = openRedisMessaging(settings, {
      logger: createLogger({ level: 'silent' }),
      jobs: null,
    });
    const entry: LogEntry = { id: '1-0', fields: new Map(), attempt: 1 };
    const replies = [{ replyTo: 'sg:tools:reply:dead', fields: { data: 'x' } }];
    for (let sent = 0; sent < 500; sent += 1) {
      await messaging.requests.settle(entry, { replies, isDone: false });
    }
    // Redis trims whole nodes of a hundred.
    expect(await redis.client().xlen('sg:tools:reply:dead')).toBeLessThan(150);
    expect(await redis.client().pttl('sg:tools:reply:dead')).toBeGreaterThan(0);
  });

  it('names entries that somebody trimmed while they were pending', async () => {
    await using scene = await aScene();
    const { redis, messaging } = scene;
    await messaging.requests.append({ data: 'one' });
    const [entry] = await readUntilSome(messaging);
    await redis.client().xtrim(stream, 'MAXLEN', 0);
    expect(await messaging.requests.reclaim({ consumer: 'b', count: 10, minIdleMs: 0 })).toEqual({
      entries: [],
      lost: [entry?.id],
    });
  });

  it('leaves no key without an end but the streams and the current catalog', async () => {
    await using scene = await aScene();
    const { redis, messaging } = scene;
    await messaging.requests.append({ data: 'one' });
    const [entry] = await readUntilSome(messaging);
    if (!entry) throw new Error('Nothing was delivered.');
    const waiter = aWaiter();
    const key = aKey();
    const held = await runJob(messaging, { key, entryId: entry.id, waiter });
    await runJob(messaging, { key: aKey(), waiter: aWaiter() });
    const joining = { key, digest: 'digest', owner: 'b', entryId: '9-0', leaseMs: 60_000 };
    await messaging.jobs.begin({ ...joining, waiter: aWaiter() });
    await messaging.jobs.start(held);
    await messaging.jobs.beat(held, 60_000);
    await messaging.complete(completion(held, entry, waiter.replyTo));
    await messaging.presence.announce('tools-1', {}, 15_000);
    for (const expected of [0, 1]) {
      await messaging.catalogs.publish({ expected, body, schemaHash: 'h', keepMs: 60_000 });
    }
    const endless = [];
    for (const found of await redis.client().keys('*')) {
      if ((await redis.client().pttl(found)) < 0) endless.push(found);
    }
    expect(endless.sort()).toEqual([
      stream,
      'sg:tools:catalog:current',
      'sg:tools:catalog:seq',
      'sg:tools:catalog:v2',
    ]);
  });

  describe('behind a bad network', () => {
    const faults: Fault[] = [
      { kind: 'latency', ms: 600 },
      { kind: 'bandwidth', bytesPerSecond: 4000 },
    ];
    for (const fault of faults) {
      it(`works, if slowly, under ${fault.kind}`, async () => {
        await using redis = await startRedis();
        await using proxy = await startFaultProxy({ port: redis.port });
        await using messaging = open(proxy.port);
        await messaging.ping();
        proxy.set(fault);
        await insist(() => messaging.requests.append({ data: 'one' }));
        expect((await readUntilSome(messaging)).length).toBeGreaterThan(0);
      });
    }

    it('reads on after every connection was reset', async () => {
      await using redis = await startRedis();
      await using proxy = await startFaultProxy({ port: redis.port });
      await using messaging = open(proxy.port);
      const reading = readUntilSome(messaging);
      await untilBlocked(redis);
      proxy.resetAll();
      await redis.client().xadd(stream, '*', 'data', 'after');
      // What was delivered to the connection that died is found by whoever reclaims.
      const reclaiming = vi.waitFor(
        async () => {
          const about = { consumer: 'b', count: 1, minIdleMs: 1000 };
          const { entries } = await messaging.requests.reclaim(about);
          expect(entries).toHaveLength(1);
          return entries;
        },
        { timeout: 20_000, interval: 100 },
      );
      expect(await Promise.race([reading, reclaiming])).toHaveLength(1);
      await insist(() => messaging.requests.append({ data: 'last' }));
      await Promise.race([reading, reclaiming]);
      reclaiming.catch(() => {});
    });

    it('gives up connections on which nothing comes any more', async () => {
      await using redis = await startRedis();
      await using proxy = await startFaultProxy({ port: redis.port });
      await using messaging = open(proxy.port);
      let heard = 0;
      await using _config = messaging.config.subscribe(() => {
        heard += 1;
      });
      const reading = readUntilSome(messaging);
      await untilBlocked(redis);
      await messaging.ping();
      await vi.waitFor(() => expect(heard).toBeGreaterThan(0));
      const before = heard;
      proxy.set({ kind: 'half-open' });
      await expect(messaging.ping()).rejects.toMatchObject({ code: 'UPSTREAM_FAILED' });
      proxy.set({ kind: 'none' });
      await insist(() => messaging.requests.append({ data: 'after' }));
      expect(await reading).toHaveLength(1);
      await vi.waitFor(() => expect(heard).toBeGreaterThan(before), { timeout: 40_000 });
    });

    it('resumes by itself after an outage', async () => {
      await using redis = await startRedis();
      await using proxy = await startFaultProxy({ port: redis.port });
      await using messaging = open(proxy.port);
      const reading = readUntilSome(messaging);
      await untilBlocked(redis);
      proxy.set({ kind: 'refuse' });
      proxy.resetAll();
      await expect(messaging.ping()).rejects.toMatchObject({ code: 'UPSTREAM_FAILED' });
      proxy.set({ kind: 'none' });
      await insist(() => messaging.requests.append({ data: 'after' }));
      expect(await reading).toHaveLength(1);
    });
  });
});

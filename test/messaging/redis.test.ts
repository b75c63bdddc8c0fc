import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '../../src/logger.js';
import type { JobKey } from '../../src/messaging/job-store.js';
import type { Messaging } from '../../src/messaging/messaging.js';
import { openRedisMessaging } from '../../src/messaging/redis/open-redis-messaging.js';
import { toJobKeys } from '../../src/messaging/redis/redis-job-store.js';
import { defaultMessagingSettings } from '../../src/messaging/settings.js';
import { findRedisServer, type RedisServer, startRedis } from '../support/redis-server.js';
import {
  aKey,
  aWaiter,
  body,
  describeMessaging,
  maxLag,
  readAll,
  runJob,
  type Subject,
} from './contract.js';
import { describeRequestLog } from './contract-log.js';
import { checkModel } from './model.js';

const { stream, group } = defaultMessagingSettings;

describe.skipIf(!findRedisServer())('on a real Redis', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(async () => {
    await redis?.[Symbol.asyncDispose]();
  });

  async function openSubject(): Promise<Subject> {
    const client = redis.client();
    await client.flushall();
    const settings = { ...defaultMessagingSettings, redisUrl: redis.url, maxLag };
    const logger = createLogger({ level: 'silent' });
    const messaging = openRedisMessaging(settings, { logger, jobs: null });
    const keysOf = (key: Parameters<typeof toJobKeys>[1]) => toJobKeys(settings.keyPrefix, key);
    return {
      messaging,
      endLease: async (key) => void (await client.hset(keysOf(key)[0], 'lease', 1)),
      endBody: async (key) => void (await client.del(keysOf(key)[2])),
      endRecord: async (key) => void (await client.del(...keysOf(key))),
      replies: async (replyTo) =>
        (await client.xrange(replyTo, '-', '+')).map(([, flat]) =>
          Object.fromEntries(
            flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1] ?? '']] : [])),
          ),
        ),
      [Symbol.asyncDispose]: () => messaging[Symbol.asyncDispose](),
    };
  }

  describeMessaging('jobs in Redis', openSubject);
  describeRequestLog('requests in Redis', openSubject);

  describe('a job that is begun by a recalled session', () => {
    const session = { traceId: 'trace-1', record: Buffer.from([0x81, 0xff]) };
    const sessionKey = `${defaultMessagingSettings.keyPrefix}session:trace-1`;
    const begin = ({ jobs }: Messaging, about: { key?: JobKey; entryId?: string } = {}) =>
      jobs.begin({
        ...{ key: about.key ?? aKey(), entryId: about.entryId ?? '1-0', session },
        ...{ digest: 'digest', owner: 'tools-1', waiter: aWaiter(), leaseMs: 60_000 },
      });

    it('is begun while the record is the same', async () => {
      await using subject = await openSubject();
      await redis.client().set(sessionKey, session.record);
      expect(await begin(subject.messaging)).toMatchObject({ kind: 'run' });
    });

    it.each<[string, (client: Redis) => Promise<unknown>]>([
      ['is gone', (client) => client.del(sessionKey)],
      ['is over', (client) => client.set(sessionKey, session.record, 'PXAT', 1)],
      ['is another', (client) => client.set(sessionKey, Buffer.from([0x81, 0xfe]))],
      ['goes on', (client) => client.append(sessionKey, 'x')],
      ['is no text', (client) => client.del(sessionKey).then(() => client.sadd(sessionKey, 'x'))],
    ])('is not begun, nor joined, nor answered, when the record %s', async (_, change) => {
      await using subject = await openSubject();
      const { messaging } = subject;
      await redis.client().set(sessionKey, session.record);
      const running = aKey();
      await begin(messaging, { key: running });
      const done = aKey();
      const begun = await begin(messaging, { key: done });
      if (begun.kind === 'run') await messaging.jobs.finish(begun.held, body, 60_000);
      await change(redis.client());
      for (const key of [aKey(), running, done]) {
        const told = await begin(messaging, { key, entryId: '2-0' });
        expect(told).toEqual({ kind: 'otherSession' });
      }
      expect(await redis.client().keys(`${defaultMessagingSettings.keyPrefix}wait:*`)).toEqual([]);
    });

    it('goes on with the entry that began it, whatever became of the record', async () => {
      await using subject = await openSubject();
      const { messaging } = subject;
      const key = aKey();
      await redis.client().set(sessionKey, session.record);
      const begun = await begin(messaging, { key });
      if (begun.kind !== 'run') throw new Error(`The job is ${begun.kind}.`);
      await messaging.jobs.release(begun.held);
      await redis.client().del(sessionKey);
      expect(await begin(messaging, { key })).toMatchObject({ kind: 'run', held: { attempt: 2 } });
    });
  });

  it('hands the next request over in the step that ends a job', async () => {
    await using subject = await openSubject();
    const { messaging } = subject;
    await messaging.requests.append({ data: 'one' });
    const [entry] = await readAll(messaging, { consumer: 'a' });
    if (!entry) throw new Error('Nothing was delivered.');
    const id = await messaging.requests.append({ data: 'two' });
    const end = async () =>
      messaging.complete({
        ...{ held: await runJob(messaging, { key: aKey(), entryId: entry.id }), body },
        ...{ retentionMs: 60_000, entry, asker: null, taker: 'a', toReplies: () => [] },
      });
    expect(await end()).toMatchObject({ next: { id, attempt: 1 } });
    expect(await end()).toEqual({ next: null });
    await redis.client().xgroup('DESTROY', stream, group);
    expect(await end()).toEqual({ next: null });
  });

  it('follows the model of jobs and entries whatever crashes when', () =>
    checkModel(openSubject, { numRuns: 40 }));
});

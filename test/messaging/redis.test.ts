import { afterAll, beforeAll, describe, it } from 'vitest';
import { createLogger } from '../../src/logger.js';
import { openRedisMessaging } from '../../src/messaging/redis/open-redis-messaging.js';
import { toJobKeys } from '../../src/messaging/redis/redis-job-store.js';
import { defaultMessagingSettings } from '../../src/messaging/settings.js';
import { findRedisServer, type RedisServer, startRedis } from '../support/redis-server.js';
import { describeMessaging, maxLag, type Subject } from './contract.js';
import { describeRequestLog } from './contract-log.js';
import { checkModel } from './model.js';

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

  it('follows the model of jobs and entries whatever crashes when', () =>
    checkModel(openSubject, { numRuns: 40 }));
});

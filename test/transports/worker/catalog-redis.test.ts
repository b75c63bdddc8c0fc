import { decode } from '@msgpack/msgpack';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../../../src/logger.js';
import { openRedisMessaging } from '../../../src/messaging/redis/open-redis-messaging.js';
import { defaultMessagingSettings } from '../../../src/messaging/settings.js';
import { aCaller, aThingsDocument } from '../../calls/callers.js';
import { findRedisServer, startRedis } from '../../support/redis-server.js';
import { aTestApp } from '../../support/test-app.js';
import { startUpstream } from '../../support/upstream.js';
import { untilFound } from './worker-app.js';

const logger = createLogger({ level: 'silent' });

describe.skipIf(!findRedisServer())('the catalog on Redis (needs redis-server)', () => {
  it('lies where callers of the reference worker look, and is announced', async () => {
    await using redis = await startRedis();
    await using upstream = await startUpstream();
    const announced: { version: number; schema_hash: string }[] = [];
    const subscriber = new Redis(redis.port, '127.0.0.1');
    await subscriber.subscribe('sg:pubsub:tools:catalog');
    subscriber.on('message', (_, text) => announced.push(JSON.parse(text)));
    await using messaging = openRedisMessaging(
      { ...defaultMessagingSettings, redisUrl: redis.url },
      { logger, jobs: null },
    );
    const env = { WORKER: 'on', WORKER_TENANT: 'acme', WORKER_AGENT: 'atlas' };
    await using app = await aTestApp({ env, ports: { messaging } });
    const client = redis.client();
    const prefix = 'sg:tools:catalog:';
    await untilFound(() => client.get(`${prefix}current`));
    const { ids } = await aCaller(app).sync(aThingsDocument(upstream.origin));
    await aCaller(app).assign('atlas', Object.values(ids));
    const last = await untilFound(async () => {
      const seq = await client.get(`${prefix}current`);
      const body = await client.getBuffer(`${prefix}v${seq}`);
      const catalog = decode(body ?? []) as { tools: object[]; schema_hash: string };
      return catalog.tools.length === 5 ? { ...catalog, seq: Number(seq) } : null;
    });
    expect(Object.keys(last)).toEqual(
      expect.arrayContaining(['tools', 'permissions', 'schema_hash', 'seq']),
    );
    expect(await client.get(`${prefix}seq`)).toBe(String(last.seq));
    const { schema_hash } = last;
    await untilFound(() => (announced.at(-1)?.version === last.seq ? true : null));
    expect(announced.at(-1)).toEqual({ version: last.seq, schema_hash });
    expect(await client.pttl(`${prefix}v${last.seq}`)).toBe(-1);
    for (let old = 1; old < last.seq; old += 1) {
      expect(await client.pttl(`${prefix}v${old}`)).toBeGreaterThan(23 * 3_600_000);
    }
    subscriber.disconnect();
  });

  it('comes back when Redis has lost everything, and when only the current one is lost', async () => {
    await using redis = await startRedis();
    await using messaging = openRedisMessaging(
      { ...defaultMessagingSettings, redisUrl: redis.url },
      { logger, jobs: null },
    );
    const { catalogs } = messaging;
    const options = { body: Buffer.from('one'), schemaHash: 'h', keepMs: 60_000 };
    expect(await catalogs.publish({ ...options, expected: 0 })).toBe(1);
    expect(await catalogs.publish({ ...options, expected: 0 })).toBeNull();
    await redis.client().del('sg:tools:catalog:v1');
    expect(await catalogs.current()).toBeNull();
    expect(await catalogs.publish({ ...options, expected: 0 })).toBe(2);
    await redis.client().flushall();
    expect(await catalogs.current()).toBeNull();
    expect(await catalogs.publish({ ...options, expected: 0 })).toBe(1);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findRedisServer, type RedisServer, startRedis } from '../../support/redis-server.js';
import { aTestApp } from '../../support/test-app.js';
import { aScene, env } from './scene.js';

/** Submitted calls where the request log is in Redis: `npm run verify` on a machine without redis-server leaves them out. */

// Long enough for a machine with more to do: a call whose lease cannot be renewed in time is stopped.
const leaseMs = 2000;

describe.skipIf(!findRedisServer())('over Redis', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis({ persistence: 'none' });
  });
  afterAll(() => redis[Symbol.asyncDispose]());

  /** A replica that serves, and one that can be told to work. */
  async function open() {
    await using stack = new AsyncDisposableStack();
    const more = { ...env, REDIS_URL: redis.url, WORKER_LEASE_MS: String(leaseMs) };
    const one = stack.use(await aTestApp({ env: { ...more, LIVE_CHECK_MS: '100' } }));
    const { storage } = one.ports;
    const scene = stack.use(await aScene({ one, other: one }));
    const held = stack.move();
    const startWorker = async () =>
      held.use(await aTestApp({ env: { ...more, WORKER: 'on' }, ports: { storage } }));
    return {
      ...{ one, scene, startWorker },
      [Symbol.asyncDispose]: () => held.disposeAsync(),
    };
  }

  async function everythingInRedis(): Promise<string> {
    const client = redis.client();
    const keys = (await client.call('KEYS', '*')) as string[];
    const values = await Promise.all(
      keys.map(async (key) => String(await client.callBuffer('DUMP', key))),
    );
    return [...keys, ...values].join('\n');
  }

  async function untilDone(scene: Awaited<ReturnType<typeof aScene>>, id: string) {
    for (;;) {
      const found = await scene.find(id);
      if (found?.state === 'DONE') return found;
      await new Promise((done) => setTimeout(done, 20));
    }
  }

  it('are run by another replica and leave nothing of arguments and results in Redis', async () => {
    await using opened = await open();
    const { scene } = opened;
    const canary = 'canary-of-the-second-garden';
    const { id } = await scene.submit('makeThing', { name: 'n', password: canary });
    expect(await everythingInRedis()).toContain(id);
    expect(await everythingInRedis()).not.toContain(canary);
    await opened.startWorker();
    const { result } = await untilDone(scene, id);
    expect(result).toMatchObject({ outcome: 'OK', status: 200, error: null });
    expect(scene.upstream.seen[0]?.body).toContain(canary);
    expect(await everythingInRedis()).not.toContain(canary);
  });

  it('all run once when Redis forgets everything while they wait', async () => {
    await using opened = await open();
    const { scene } = opened;
    const ids: string[] = [];
    for (let index = 0; index < 10; index += 1) {
      ids.push((await scene.submit('makeThing', { name: `thing ${index}` })).id);
    }
    await redis.client().call('FLUSHALL');
    await opened.startWorker();
    for (const id of ids) expect((await untilDone(scene, id)).result?.outcome).toBe('OK');
    expect(scene.upstream.seen.map(({ body }) => body).sort()).toEqual(
      ids.map((_, index) => `{"name":"thing ${index}"}`),
    );
  });

  it('are run once when Redis forgets everything while they run', async () => {
    await using opened = await open();
    const { scene } = opened;
    await opened.startWorker();
    const { id: unsafe } = await scene.submit('makeSlowly', { name: 'ball' });
    const { id: safe } = await scene.submit('readSlowly', {});
    await scene.upstream.came(2);
    await redis.client().call('FLUSHALL');
    scene.upstream.release();
    expect((await untilDone(scene, unsafe)).result?.outcome).toBe('OK');
    expect((await untilDone(scene, safe)).result?.outcome).toBe('OK');
    expect(scene.upstream.seen.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it('are refused, and not kept, while Redis is gone', async () => {
    await using opened = await open();
    const { scene } = opened;
    await redis.stop('SIGKILL');
    const refused = await scene.submit('makeThing', { name: 'ball' });
    expect(refused.status).toBe(502);
    const rows = await scene.sql('select 1 from submitted_calls where tenant_id = $1');
    expect(rows).toEqual([]);
    await redis.start();
    await opened.startWorker();
    // The connection finds the server again by itself.
    for (;;) {
      const { status, id } = await scene.submit('makeThing', { name: 'ball' });
      if (status === 502) continue;
      expect((await untilDone(scene, id)).result?.outcome).toBe('OK');
      break;
    }
  });
});

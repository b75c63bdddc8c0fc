import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, vi } from 'vitest';
import { expectAccounted } from './invariants.js';
import { missingServer, titled } from './needs.js';
import { openScene } from './open-scene.js';
import { fault } from './prove.js';
import type { Scene } from './scene.js';
import type { Ask } from './wire-caller.js';
import { isReady, type WorkerProcess } from './worker-process.js';

describe.skipIf(missingServer)(titled('a Redis that fails', missingServer), () => {
  let scene: Scene;
  let workers: WorkerProcess[];
  let serial = 0;

  beforeAll(async () => {
    scene = await openScene({ persistence: 'aof' });
    workers = await Promise.all([scene.startWorker(), scene.startWorker()]);
  }, 120_000);
  afterAll(() => scene?.[Symbol.asyncDispose]());
  afterEach(async () => {
    await expectAccounted(scene);
    // None of them had to be started anew.
    for (const worker of workers) expect(await hasEnded(worker)).toBe(false);
  });

  const nextKey = () => `redis ${++serial}`;
  const make = (key = nextKey()): Ask => ({ tool: 'make', args: { key } });
  /** Work still goes through, by both. */
  async function expectFlow(): Promise<void> {
    const asked = await Promise.all(Array.from({ length: 10 }, () => scene.caller.ask(make())));
    for (const one of asked) {
      expect(await scene.caller.answerTo(one)).toMatchObject({ outcome: 'ok' });
    }
    await vi.waitFor(
      async () => expect(await Promise.all(workers.map(isReady))).toEqual([true, true]),
      { timeout: 15_000 },
    );
  }
  /** A request that waits at the upstream while something happens to Redis, and what it comes to. */
  async function during(happens: () => Promise<void>) {
    const key = nextKey();
    const asked = await scene.caller.ask({ tool: 'held', args: { key } });
    await scene.oracle.came(key);
    await happens();
    scene.oracle.release(key);
    const answer = await scene.caller.answerTo(asked);
    expect(scene.oracle.count(key)).toBe(1);
    return answer;
  }

  fault(35, async () => {
    const answer = await during(async () => {
      await scene.redis.stop('SIGKILL');
      await scene.redis.start();
    });
    expect(answer.correlation_id).toEqual(expect.any(String));
    await expectFlow();
  });

  fault(37, async () => {
    await during(async () => {
      await scene.caller.redis.flushall();
      await scene.caller.writeSession(scene.caller.trace, scene.caller.record);
    });
    await expectFlow();
  });

  fault(38, async () => {
    const { redis } = scene.caller;
    await during(async () => void (await redis.del('sg:stream:tools')));
    await expectFlow();
    await during(async () => void (await redis.xgroup('DESTROY', 'sg:stream:tools', 'sg:tools')));
    await expectFlow();
  });

  fault(39, async () => {
    await during(async () => {
      scene.redis.freeze();
      await sleep(7_000);
      scene.redis.thaw();
    });
    await expectFlow();
  });

  fault(40, async () => {
    const { redis } = scene.caller;
    for (const type of ['normal', 'pubsub']) {
      await during(async () => {
        await redis.call('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes');
      });
      await expectFlow();
    }
  });

  fault(43, async () => {
    const { redis } = scene.caller;
    const waiting = await Promise.all(Array.from({ length: 5 }, () => scene.caller.ask(make())));
    const key = nextKey();
    const held = await scene.caller.ask({ tool: 'held', args: { key } });
    await scene.oracle.came(key);
    await redis.config('SET', 'maxmemory', '1');
    scene.oracle.release(key);
    await sleep(500);
    await redis.config('SET', 'maxmemory', '0');
    for (const one of [...waiting, held]) await scene.caller.answerTo(one);
    expect(scene.oracle.count(key)).toBe(1);
    await during(async () => {
      await redis.call('REPLICAOF', '127.0.0.1', '1');
      await sleep(500);
      await redis.call('REPLICAOF', 'NO', 'ONE');
    });
    await expectFlow();
  });

  fault(44, async () => {
    await during(async () => void (await scene.caller.redis.script('FLUSH')));
    await expectFlow();
  });

  fault(45, async () => {
    await during(async () => {
      await scene.redis.stop();
      await vi.waitFor(
        async () => expect(await Promise.all(workers.map(isReady))).toEqual([false, false]),
        { timeout: 15_000, interval: 100 },
      );
      await sleep(3_000);
      await scene.redis.start();
    });
    await expectFlow();
  });
});

async function hasEnded({ ended }: WorkerProcess): Promise<boolean> {
  return Promise.race([ended.then(() => true), sleep(0, false)]);
}

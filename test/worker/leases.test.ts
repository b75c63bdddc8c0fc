import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, vi } from 'vitest';
import { expectAccounted } from './invariants.js';
import { missingServer, titled } from './needs.js';
import { openScene } from './open-scene.js';
import { fault } from './prove.js';
import { startRedisTap } from './redis-tap.js';
import { leaseMs, type Scene } from './scene.js';
import { requestStream } from './wire-caller.js';

describe.skipIf(missingServer)(titled('a lease', missingServer), () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await openScene();
  }, 120_000);
  afterAll(() => scene?.[Symbol.asyncDispose]());
  afterEach(() => expectAccounted(scene));

  const deliveriesOf = async (entryId: string) => {
    const found = (await scene.caller.redis.xpending(
      ...([requestStream, 'sg:tools', entryId, entryId, 10] as const),
    )) as [string, string, number, number][];
    return found[0]?.[3];
  };

  fault(11, async () => {
    await using _ = await scene.startWorker();
    await using _peer = await scene.startWorker();
    const asked = await scene.caller.ask({ tool: 'held', args: { key: 'long' } });
    await scene.oracle.came('long');
    await sleep(5 * leaseMs);
    expect(await deliveriesOf(asked.entryId)).toBe(1);
    scene.oracle.release('long');
    expect(await scene.caller.answerTo(asked)).toMatchObject({ outcome: 'ok', attempt: 1 });
    expect(scene.oracle.count('long')).toBe(1);
  });

  fault(12, async () => {
    const { caller, oracle } = scene;
    await using stopped = await scene.startWorker();
    const unsafe = await caller.ask({ tool: 'held', args: { key: 'zombie' } });
    const safe = await caller.ask({ tool: 'held_read', args: { key: 'zombie-read' } });
    await Promise.all([oracle.came('zombie'), oracle.came('zombie-read')]);
    stopped.signal('SIGSTOP');
    await using _peer = await scene.startWorker();
    expect(await caller.answerTo(unsafe)).toMatchObject({ code: 'INDETERMINATE' });
    await oracle.came('zombie-read', 2);
    oracle.release('zombie-read');
    oracle.release('zombie');
    expect(await caller.answerTo(safe)).toMatchObject({ outcome: 'ok', attempt: 2 });
    stopped.signal('SIGCONT');
    const next = await caller.ask({ tool: 'read', args: { key: 'after' } });
    await caller.answerTo(next);
    expect(await stopped.end('SIGTERM')).toBe(0);
    expect(caller.answersSoFar(unsafe)).toHaveLength(1);
    expect(caller.answersSoFar(safe)).toHaveLength(1);
    expect(oracle.count('zombie')).toBe(1);
  });

  fault(13, async () => {
    const { caller, oracle } = scene;
    const preload = `process.on('SIGUSR2', () => {
      const end = performance.now() + ${3 * leaseMs};
      while (performance.now() < end);
    });`;
    await using blocked = await scene.startWorker({ preload });
    const asked = await caller.ask({ tool: 'held', args: { key: 'blocked' } });
    await oracle.came('blocked');
    await using _peer = await scene.startWorker();
    blocked.signal('SIGUSR2');
    expect(await caller.answerTo(asked)).toMatchObject({ code: 'INDETERMINATE' });
    oracle.release('blocked');
    expect(await blocked.end('SIGTERM')).toBe(0);
    expect(caller.answersSoFar(asked)).toHaveLength(1);
    expect(oracle.count('blocked')).toBe(1);
  });

  fault(14, async () => {
    const { caller, oracle } = scene;
    await using tap = await startRedisTap(scene.redis.port);
    await using _ = await scene.startWorker({ redisUrl: tap.url });
    await using _peer = await scene.startWorker();
    const held = await askUntil(tap);
    await tap.hold(() => true, 'before');
    await sleep(leaseMs / 2);
    tap.release();
    await sleep(leaseMs);
    oracle.release(held.key);
    expect(await caller.answerTo(held.asked)).toMatchObject({ outcome: 'ok', attempt: 1 });
  });

  fault(15, async () => {
    const { caller, oracle } = scene;
    const clockOf = (hours: number) => `
      const real = Date.now, shift = ${hours * 3_600_000}, Real = Date;
      globalThis.Date = class extends Real {
        constructor(...args) { if (args.length) super(...args); else super(real() + shift); }
        static now() { return real() + shift; }
      };`;
    // Whichever of them runs it, to the other its lease would have ended long ago, or never end.
    await using fast = await scene.startWorker({ preload: clockOf(1) });
    await using slow = await scene.startWorker({ preload: clockOf(-1) });
    const odd = [fast, slow];
    const keys = Array.from({ length: 20 }, (_, index) => `clock ${index}`);
    const asked = await Promise.all(keys.map((key) => caller.ask({ tool: 'held', args: { key } })));
    await Promise.all(keys.map((key) => oracle.came(key)));
    await sleep(1.5 * leaseMs);
    for (const key of keys) oracle.release(key);
    for (const one of asked) {
      expect(await caller.answerTo(one)).toMatchObject({ outcome: 'ok', attempt: 1 });
    }
    expect(await Promise.all(odd.map((worker) => worker.end('SIGTERM')))).toEqual([0, 0]);
  });

  fault(16, async () => {
    const { caller, oracle } = scene;
    await using tap = await startRedisTap(scene.redis.port);
    await using cutOff = await scene.startWorker({ redisUrl: tap.url });
    const asked = await Promise.all(
      (['held', 'held_read'] as const).map((tool) =>
        caller.ask({ tool, args: { key: `lost ${tool}` } }),
      ),
    );
    await Promise.all([oracle.came('lost held'), oracle.came('lost held_read')]);
    await using _peer = await scene.startWorker();
    await tap.hold(() => true, 'before');
    await Promise.all([oracle.gone('lost held'), oracle.gone('lost held_read')]);
    oracle.release('lost held_read');
    tap.release();
    expect(await caller.answerTo(asked[0] as never)).toMatchObject({ code: 'INDETERMINATE' });
    expect(await caller.answerTo(asked[1] as never)).toMatchObject({ outcome: 'ok' });
    expect(await cutOff.end('SIGTERM')).toBe(0);
    for (const one of asked) expect(caller.answersSoFar(one)).toHaveLength(1);
  });

  /** A held request that the worker behind the tap runs: its commands say so. */
  async function askUntil(tap: Awaited<ReturnType<typeof startRedisTap>>) {
    for (let serial = 0; ; serial += 1) {
      const key = `mine ${serial}`;
      const asked = await scene.caller.ask({ tool: 'held', args: { key } });
      await scene.oracle.came(key);
      const isMine = await vi
        .waitFor(() => expect(tap.seen.some((one) => one.includes(asked.entryId))).toBe(true), {
          timeout: 500,
          interval: 20,
        })
        .then(() => true)
        .catch(() => false);
      if (isMine) return { key, asked };
      scene.oracle.release(key);
    }
  }
});

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, vi } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.js';
import { expectAccounted } from './invariants.js';
import { missingServer, titled } from './needs.js';
import { openScene } from './open-scene.js';
import { fault } from './prove.js';
import type { Scene } from './scene.js';
import type { WorkerProcess } from './worker-process.js';

describe.skipIf(missingServer)(titled('a Redis that forgets', missingServer), () => {
  let scene: Scene;
  let serial = 0;

  beforeAll(async () => {
    // Writes its data only when it is told to.
    scene = await openScene({ args: ['--dbfilename', 'dump.rdb'] });
    await Promise.all([scene.startWorker(), scene.startWorker()]);
  }, 120_000);
  afterAll(() => scene?.[Symbol.asyncDispose]());
  afterEach(() => expectAccounted(scene));

  const nextKey = () => `loss ${++serial}`;
  const restart = async () => {
    await scene.redis.stop('SIGKILL');
    await scene.redis.start();
    const { caller } = scene;
    await vi.waitFor(() => caller.writeSession(caller.trace, caller.record), { timeout: 10_000 });
  };

  fault(36, async () => {
    const { caller, oracle } = scene;
    const key = nextKey();
    const held = await caller.ask({ tool: 'held', args: { key } });
    await oracle.came(key);
    await restart();
    expect(await caller.redis.exists('sg:stream:dlq')).toBe(0);
    const next = await caller.ask({ tool: 'make', args: { key: nextKey() } });
    expect(await caller.answerTo(next)).toMatchObject({ outcome: 'ok' });
    oracle.release(key);
    expect(await caller.answerTo(held)).toMatchObject({ outcome: 'ok' });
    expect(oracle.count(key)).toBe(1);
    await vi.waitFor(
      async () => expect(await caller.redis.get('sg:tools:catalog:current')).not.toBeNull(),
      { timeout: 40_000 },
    );
  });

  fault(42, async () => {
    const { caller, oracle } = scene;
    const [unsafe, safe] = [nextKey(), nextKey()];
    const [first, second] = await Promise.all([
      caller.ask({ tool: 'held', args: { key: unsafe }, idemKey: unsafe }),
      caller.ask({ tool: 'held_read', args: { key: safe }, idemKey: safe }),
    ]);
    await Promise.all([oracle.came(unsafe), oracle.came(safe)]);
    await caller.redis.save();
    oracle.release(unsafe);
    oracle.release(safe);
    const before = await caller.answerTo(first);
    expect(before).toMatchObject({ outcome: 'ok' });
    await caller.answerTo(second);
    // The requests are pending again, and the records say that both run.
    await restart();
    const again = await caller.ask({ tool: 'held', args: { key: unsafe }, idemKey: unsafe });
    const answer = await caller.answerTo(again);
    expect(answer.outcome === 'ok' || answer.code === 'INDETERMINATE').toBe(true);
    if (answer.outcome === 'ok') expect(answer.result).toBe(before.result);
    await expectAccounted(scene);
    expect(oracle.count(unsafe)).toBe(1);
    expect(caller.answersSoFar(first).map(({ result }) => result)).toContain(before.result);
  });
});

describe.skipIf(missingServer)(titled('a network that fails', missingServer), () => {
  let scene: Scene;
  let proxy: FaultProxy;
  let worker: WorkerProcess;
  let serial = 0;

  beforeAll(async () => {
    scene = await openScene();
    proxy = await startFaultProxy({ port: scene.redis.port });
    worker = await scene.startWorker({ redisUrl: `redis://127.0.0.1:${proxy.port}` });
  }, 120_000);
  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    await scene?.[Symbol.asyncDispose]();
  });

  fault(41, async () => {
    const { caller, oracle } = scene;
    const faults = [
      { kind: 'latency', ms: 300 },
      { kind: 'bandwidth', bytesPerSecond: 4096 },
      { kind: 'half-open' },
      { kind: 'none' },
    ] as const;
    for (const one of faults) {
      const key = `network ${++serial}`;
      const held = await caller.ask({ tool: 'held', args: { key } });
      await oracle.came(key);
      proxy.set(one);
      if (one.kind === 'none') proxy.resetAll();
      await sleep(one.kind === 'half-open' ? 8000 : 1500);
      proxy.set({ kind: 'none' });
      oracle.release(key);
      const answer = await caller.answerTo(held);
      expect(answer.outcome === 'ok' || answer.code === 'INDETERMINATE', one.kind).toBe(true);
      const next = await caller.ask({ tool: 'make', args: { key: `${key} next` } });
      expect(await caller.answerTo(next), one.kind).toMatchObject({ outcome: 'ok' });
      expect(oracle.count(key)).toBe(1);
      await expectAccounted(scene);
    }
    expect(await worker.end('SIGTERM')).toBe(0);
  });
});

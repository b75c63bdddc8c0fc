import { execFileSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { depthOf } from './accounts.js';
import { expectAccounted } from './invariants.js';
import { missingServer, titled } from './needs.js';
import { openScene } from './open-scene.js';
import { fault } from './prove.js';
import type { Scene } from './scene.js';
import type { WorkerProcess } from './worker-process.js';

/** Ten thousand in the list of faults; by default as many as fit into a minute with all the rest. */
const requests = Number(process.env.WORKER_QUEUE ?? 1500);

describe.skipIf(missingServer)(titled('under pressure', missingServer), () => {
  let scene: Scene;
  let worker: WorkerProcess;

  beforeAll(async () => {
    scene = await openScene();
    worker = await start();
  }, 120_000);
  afterAll(() => scene?.[Symbol.asyncDispose]());
  afterEach(() => expectAccounted(scene));

  /** Four calls at once, three of them of one tenant: the default for four. */
  const start = () => scene.startWorker({ env: { WORKER_CONCURRENCY: '4', LOG_LEVEL: 'ERROR' } });

  /** What it holds in memory, as the system counts it. */
  const residentBytes = () => {
    const kilobytes = execFileSync('ps', ['-o', 'rss=', '-p', String(worker.pid)]);
    return Number(kilobytes) * 1024;
  };

  fault(50, async () => {
    const before = residentBytes();
    const asked = await Promise.all(
      Array.from({ length: requests }, (_, index) =>
        scene.caller.ask({ tool: 'read', args: { key: `queued ${index}` } }),
      ),
    );
    let most = 0;
    let isOver = false;
    const watching = (async () => {
      while (!isOver) most = Math.max(most, (await depthOf(scene.caller)).pending);
    })();
    await Promise.all(asked.map((one) => scene.caller.answerTo(one)));
    isOver = true;
    await watching;
    expect(most).toBeLessThanOrEqual(4);
    expect(most).toBeGreaterThan(1);
    expect(residentBytes() - before).toBeLessThan(150 * 1024 ** 2);
  });

  /** So many requests of one tenant that run until they are released. */
  async function holdMany(name: string, count: number) {
    const { caller, oracle } = scene;
    const keys = Array.from({ length: count }, (_, index) => `${name} ${index}`);
    const asked = await Promise.all(keys.map((key) => caller.ask({ tool: 'held', args: { key } })));
    await vi.waitFor(() => expect(oracle.count(keys[2] ?? '')).toBe(1), { timeout: 10_000 });
    return { asked, release: () => keys.forEach(oracle.release) };
  }

  fault(51, async () => {
    const { caller } = scene;
    await caller.writeSession('globex', {
      ...{ user_id: 'gil', tenant_id: 'globex', agent_id: 'hermes' },
    });
    const noisy = await holdMany('noisy', 300);
    const quiet = await caller.ask({ tool: 'make', args: { key: 'quiet' }, trace: 'globex' });
    expect(await caller.answerTo(quiet)).toMatchObject({ outcome: 'ok' });
    expect((await depthOf(caller)).lag).toBeGreaterThan(200);
    noisy.release();
    for (const one of noisy.asked) {
      expect(await caller.answerTo(one)).toMatchObject({ outcome: 'ok', attempt: 1 });
    }
  });

  /** All that waits is parked. */
  const allParked = (count: number) =>
    vi.waitFor(
      async () => {
        const all = await scene.caller.redis.xpending('sg:stream:tools', 'sg:tools');
        expect(all[0]).toBe(count);
        expect(await depthOf(scene.caller)).toEqual({ pending: 3, lag: count - 3 });
      },
      { timeout: 10_000 },
    );

  it('keeps what is parked when the worker that parked it is killed', async () => {
    const { asked, release } = await holdMany('killed', 12);
    await allParked(12);
    await worker.end('SIGKILL');
    expect(await depthOf(scene.caller)).toEqual({ pending: 3, lag: 9 });
    worker = await start();
    release();
    const answers = await Promise.all(asked.map((one) => scene.caller.answerTo(one)));
    const outcomes = answers.map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome === 'ok')).toHaveLength(9);
    expect(outcomes.filter((outcome) => outcome === 'indeterminate')).toHaveLength(3);
    expect(await scene.caller.deadLetters()).toEqual([]);
  });

  it('keeps what is parked for the next start when all workers stop', async () => {
    const { asked, release } = await holdMany('stopped', 12);
    await allParked(12);
    const stopped = worker.end('SIGTERM');
    release();
    expect(await stopped).toBe(0);
    expect(await depthOf(scene.caller)).toEqual({ pending: 0, lag: 9 });
    worker = await start();
    for (const one of asked) {
      expect(await scene.caller.answerTo(one)).toMatchObject({ outcome: 'ok', attempt: 1 });
    }
    const consumers = (await scene.caller.redis.xinfo(
      ...(['CONSUMERS', 'sg:stream:tools', 'sg:tools'] as const),
    )) as unknown[][];
    expect(consumers.flat().filter((name) => String(name).startsWith('parked:'))).toEqual([]);
  });

  fault(52, async () => {
    const { caller } = scene;
    const waiting = await Promise.all(
      Array.from({ length: 300 }, (_, index) =>
        caller.ask({ tool: 'slow', args: { key: `kept ${index}`, ms: 5 } }),
      ),
    );
    for (const one of waiting) expect(await caller.answerTo(one)).toMatchObject({ outcome: 'ok' });
    expect(await caller.redis.xlen('sg:stream:tools')).toBe(0);
  });

  fault(53, async () => {
    const { caller } = scene;
    const replyTo = 'sg:stream:tools:reply:nobody';
    for (let index = 0; index < 50; index += 1) {
      await caller.ask({ tool: 'read', args: { key: `unread ${index}` }, replyTo });
    }
    await vi.waitFor(async () => expect(await caller.redis.xlen(replyTo)).toBe(50), {
      timeout: 15_000,
    });
    const left = await caller.redis.pttl(replyTo);
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(24 * 3_600_000);
  });
});

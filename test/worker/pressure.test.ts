import { execFileSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, vi } from 'vitest';
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
    worker = await startWith('4');
  }, 120_000);
  afterAll(() => scene?.[Symbol.asyncDispose]());
  afterEach(() => expectAccounted(scene));

  /** Four calls at once, of them so many of one tenant. */
  const startWith = (ofOneTenant: string) =>
    scene.startWorker({
      env: {
        ...{ WORKER_CONCURRENCY: '4', WORKER_TENANT_CONCURRENCY: ofOneTenant },
        LOG_LEVEL: 'ERROR',
      },
    });

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

  fault(51, async () => {
    const { caller, oracle } = scene;
    await worker.end('SIGTERM');
    worker = await startWith('3');
    await caller.writeSession('globex', {
      ...{ user_id: 'gil', tenant_id: 'globex', agent_id: 'hermes' },
    });
    const noisy = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        caller.ask({ tool: 'held', args: { key: `noisy ${index}` } }),
      ),
    );
    await vi.waitFor(() => expect(oracle.count('noisy 2')).toBe(1));
    const quiet = await caller.ask({ tool: 'make', args: { key: 'quiet' }, trace: 'globex' });
    expect(await caller.answerTo(quiet)).toMatchObject({ outcome: 'ok' });
    for (let index = 0; index < 6; index += 1) oracle.release(`noisy ${index}`);
    for (const one of noisy) expect(await caller.answerTo(one)).toMatchObject({ outcome: 'ok' });
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

import { afterAll, afterEach, beforeAll, describe, expect, vi } from 'vitest';
import {
  beginScript,
  completeScript,
  finishScript,
  startScript,
} from '../../src/messaging/redis/job-scripts.js';
import { settleScript } from '../../src/messaging/redis/settle-script.js';
import { expectAccounted } from './invariants.js';
import { missingServer, titled } from './needs.js';
import { openScene } from './open-scene.js';
import { fault } from './prove.js';
import { type Command, type RedisTap, startRedisTap } from './redis-tap.js';
import type { Scene } from './scene.js';
import type { Ask, Asked } from './wire-caller.js';
import type { WorkerProcess } from './worker-process.js';

/** Whether a command runs one of these scripts. */
const runs =
  (...scripts: { sha: string; lua: string }[]) =>
  ([name, script]: Command) =>
    (name?.toUpperCase() === 'EVALSHA' && scripts.some(({ sha }) => sha === script)) ||
    (name?.toUpperCase() === 'EVAL' && scripts.some(({ lua }) => lua === script));
const ends = runs(completeScript, finishScript);

describe.skipIf(missingServer)(titled('a worker that is killed', missingServer), () => {
  let scene: Scene;
  let tap: RedisTap;
  let worker: WorkerProcess;

  beforeAll(async () => {
    scene = await openScene();
    await startNext();
  }, 120_000);
  afterAll(async () => {
    await tap?.[Symbol.asyncDispose]();
    await scene?.[Symbol.asyncDispose]();
  });
  afterEach(() => expectAccounted(scene));

  /** The only worker there is, behind a tap of its own, which has run everything once. */
  async function startNext(preload?: string): Promise<void> {
    await tap?.[Symbol.asyncDispose]();
    tap = await startRedisTap(scene.redis.port);
    worker = await scene.startWorker({ redisUrl: tap.url, ...(preload && { preload }) });
    const warm = await scene.caller.ask({ tool: 'make', args: { key: `warm ${worker.pid}` } });
    await scene.caller.answerTo(warm);
  }

  type Point = { fits: (command: Command) => boolean; when: 'before' | 'after' };

  /** Asks, kills the worker at that point, and starts the next one. */
  async function killAt({ fits, when }: Point, ask: Ask, ready?: () => void): Promise<Asked> {
    const held = tap.hold(fits, when);
    const asked = await scene.caller.ask(ask);
    ready?.();
    await held;
    await worker.end('SIGKILL');
    await startNext();
    return asked;
  }

  const answerTo = (asked: Asked) => scene.caller.answerTo(asked);
  const count = (key: string) => scene.oracle.count(key);

  fault(1, async () => {
    const point = { fits: runs(beginScript), when: 'before' } as const;
    const asked = await killAt(point, { tool: 'make', args: { key: 'c1' } });
    expect(await answerTo(asked)).toMatchObject({ outcome: 'ok' });
    expect(count('c1')).toBe(1);
  });

  fault(2, async () => {
    for (const [key, point] of [
      ['c2 a', { fits: runs(beginScript), when: 'after' }],
      ['c2 b', { fits: runs(startScript), when: 'before' }],
    ] as const) {
      const asked = await killAt(point, { tool: 'make', args: { key } });
      expect(await answerTo(asked), key).toMatchObject({ outcome: 'ok', attempt: 2 });
      expect(count(key)).toBe(1);
    }
  });

  fault(3, async () => {
    const point = { fits: runs(startScript), when: 'after' } as const;
    const started = await killAt(point, { tool: 'make', args: { key: 'c3' } });
    expect(await answerTo(started)).toMatchObject({ code: 'INDETERMINATE' });
    expect(count('c3')).toBe(0);
    const unsafe = await scene.caller.ask({ tool: 'held', args: { key: 'c3 held' } });
    const safe = await scene.caller.ask({ tool: 'held_read', args: { key: 'c3 read' } });
    await Promise.all([scene.oracle.came('c3 held'), scene.oracle.came('c3 read')]);
    await worker.end('SIGKILL');
    scene.oracle.release('c3 read');
    await startNext();
    expect(await answerTo(unsafe)).toMatchObject({
      ...{ code: 'INDETERMINATE', outcome: 'indeterminate', error: expect.any(String) },
    });
    expect(await answerTo(safe)).toMatchObject({ outcome: 'ok', attempt: 2 });
    expect(count('c3 held')).toBe(1);
    expect(count('c3 read')).toBe(2);
  });

  fault(4, async () => {
    const point = { fits: ends, when: 'before' } as const;
    const unsafe = await killAt(point, { tool: 'make', args: { key: 'c4' } });
    // Its result was kept with its record, so nobody has to guess.
    expect(await answerTo(unsafe)).toMatchObject({
      ...{ outcome: 'ok', result: JSON.stringify({ made: 'c4' }) },
    });
    expect(count('c4')).toBe(1);
    const safe = await killAt(point, { tool: 'read', args: { key: 'c4 read' } });
    expect(await answerTo(safe)).toMatchObject({ outcome: 'ok', attempt: 2 });
  });

  fault(5, async () => {
    const ask = { tool: 'held', args: { key: 'c5' }, idemKey: 'c5' };
    const first = await scene.caller.ask(ask);
    await scene.oracle.came('c5');
    // With two who wait the answers are a step of their own.
    const begun = tap.hold(runs(beginScript), 'after');
    const second = await scene.caller.ask(ask);
    await begun;
    tap.release();
    const held = tap.hold(
      (command) => runs(settleScript)(command) && command.includes(scene.caller.replyTo),
      'before',
    );
    scene.oracle.release('c5');
    await held;
    expect(scene.caller.answersSoFar(first)).toEqual([]);
    await worker.end('SIGKILL');
    await startNext();
    for (const one of [first, second]) {
      expect(await answerTo(one)).toMatchObject({ outcome: 'ok' });
    }
    expect(count('c5')).toBe(1);
  });

  fault(6, async () => {
    const asked = await killAt(
      { fits: ends, when: 'after' },
      { tool: 'make', args: { key: 'c6' } },
    );
    const answers = await scene.caller.answersTo(asked);
    expect(new Set(answers.map(({ result }) => result))).toEqual(
      new Set([JSON.stringify({ made: 'c6' })]),
    );
    expect(count('c6')).toBe(1);
  });

  fault(7, async () => {
    for (const when of ['before', 'after'] as const) {
      const bad = { tool: 'make', more: { tool_args: [when] } };
      const asked = await killAt({ fits: runs(settleScript), when }, bad);
      expect(await answerTo(asked)).toMatchObject({ error: expect.any(String) });
      const letters = (await scene.caller.deadLetters()).filter(
        (one) => one.original_msg_id === asked.entryId,
      );
      expect(letters, when).toHaveLength(1);
      expect(scene.caller.answersSoFar(asked), when).toHaveLength(1);
    }
  });

  fault(8, async () => {
    const asked = await scene.caller.ask({ tool: 'held_read', args: { key: 'c8' } });
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await scene.oracle.came('c8', attempt);
      await worker.end('SIGKILL');
      await startNext();
      const other = await scene.caller.ask({ tool: 'make', args: { key: `c8 ${attempt}` } });
      expect(await answerTo(other)).toMatchObject({ outcome: 'ok' });
    }
    expect(await answerTo(asked)).toMatchObject({
      ...{ code: 'RETRIES_EXHAUSTED', error: expect.any(String) },
    });
    const letters = await scene.caller.deadLetters();
    expect(letters.find((one) => one.original_msg_id === asked.entryId)).toMatchObject({
      ...{ reason: 'retries_exhausted', original_stream: 'sg:stream:tools' },
    });
    expect(count('c8')).toBe(3);
  });

  fault(9, async () => {
    for (const [key, preload, signal] of [
      ['c9 abort', '', 'SIGABRT'],
      ['c9 exit', "process.on('SIGUSR2', () => process.exit(134));", 'SIGUSR2'],
    ] as const) {
      if (preload) {
        await worker.end('SIGKILL');
        await startNext(preload);
      }
      const unsafe = await scene.caller.ask({ tool: 'held', args: { key } });
      const safe = await scene.caller.ask({ tool: 'held_read', args: { key: `${key} read` } });
      await Promise.all([scene.oracle.came(key), scene.oracle.came(`${key} read`)]);
      await worker.end(signal);
      scene.oracle.release(`${key} read`);
      await startNext();
      expect(await answerTo(unsafe)).toMatchObject({ code: 'INDETERMINATE' });
      expect(await answerTo(safe)).toMatchObject({ outcome: 'ok' });
      expect(count(key)).toBe(1);
    }
  });

  fault(10, async () => {
    await worker.end('SIGKILL');
    await startNext("process.on('SIGUSR2', () => void Promise.reject(new Error('stray')));");
    const asked = await scene.caller.ask({ tool: 'held', args: { key: 'c10' } });
    await scene.oracle.came('c10');
    worker.signal('SIGUSR2');
    await vi.waitFor(() => expect(JSON.stringify(worker.log())).toContain('stray'));
    scene.oracle.release('c10');
    expect(await answerTo(asked)).toMatchObject({ outcome: 'ok', attempt: 1 });
    await worker.end('SIGKILL');
    await startNext();
  });
});

import { describe, expect, it } from 'vitest';
import { createHostLimits, type HostLimits } from './host-limits.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Does its work in a place of the host. */
async function run<T>(
  limits: HostLimits,
  host: string,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const leave = await limits.enter(host, signal);
  try {
    return await work();
  } finally {
    leave();
  }
}

/** Work that ends when it is told to, and notes when it began. */
function aTask(name: string, begun: string[]) {
  const { promise, resolve } = Promise.withResolvers<string>();
  const work = () => {
    begun.push(name);
    return promise;
  };
  return { work, end: () => resolve(name) };
}

describe('createHostLimits', () => {
  it('lets only so many of one host run, and the others in the order in which they came', async () => {
    const limits = createHostLimits({ maxConcurrent: 2, maxQueued: 10, maxWaitMs: 60_000 });
    const begun: string[] = [];
    const tasks = ['a', 'b', 'c', 'd'].map((name) => aTask(name, begun));
    const runs = tasks.map(({ work }) => run(limits, 'x:80', work));
    await turn();
    expect(begun).toEqual(['a', 'b']);
    tasks[1]?.end();
    await runs[1];
    const late = aTask('late', begun);
    const lateRun = run(limits, 'x:80', late.work);
    await turn();
    expect(begun).toEqual(['a', 'b', 'c']);
    for (const task of [...tasks, late]) task.end();
    expect(await Promise.all([...runs, lateRun])).toEqual(['a', 'b', 'c', 'd', 'late']);
    expect(begun).toEqual(['a', 'b', 'c', 'd', 'late']);
  });

  it('keeps no host waiting for another', async () => {
    const limits = createHostLimits({ maxConcurrent: 1, maxQueued: 1, maxWaitMs: 60_000 });
    const busy = aTask('busy', []);
    const running = run(limits, 'x:80', busy.work);
    expect(await run(limits, 'y:80', async () => 'done')).toBe('done');
    busy.end();
    await running;
  });

  it('refuses who comes when too many wait, and says when to try again', async () => {
    const limits = createHostLimits({ maxConcurrent: 1, maxQueued: 1, maxWaitMs: 60_000 });
    const [first, second] = [aTask('first', []), aTask('second', [])];
    const runs = [run(limits, 'x:80', first.work), run(limits, 'x:80', second.work)];
    await expect(run(limits, 'x:80', async () => 'third')).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      details: { host: 'x:80', retryAfterSeconds: 1 },
    });
    first.end();
    second.end();
    await Promise.all(runs);
  });

  it('gives up a wait that is too long or no longer wanted, without losing a place', async () => {
    const limits = createHostLimits({ maxConcurrent: 1, maxQueued: 5, maxWaitMs: 20 });
    const begun: string[] = [];
    const first = aTask('first', begun);
    const running = run(limits, 'x:80', first.work);
    const abort = new AbortController();
    const cancelled = run(limits, 'x:80', aTask('cancelled', begun).work, abort.signal);
    abort.abort(new Error('gone'));
    await expect(cancelled).rejects.toThrow('gone');
    await expect(run(limits, 'x:80', aTask('slow', begun).work)).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      message: expect.stringContaining('waited 20 ms'),
    });
    first.end();
    await running;
    expect(await run(limits, 'x:80', async () => 'next')).toBe('next');
    expect(begun).toEqual(['first']);
  });

  it('frees the place of work that fails', async () => {
    const limits = createHostLimits({ maxConcurrent: 1, maxQueued: 0, maxWaitMs: 60_000 });
    await expect(run(limits, 'x:80', () => Promise.reject(new Error('broken')))).rejects.toThrow();
    expect(await run(limits, 'x:80', async () => 'next')).toBe('next');
  });
});

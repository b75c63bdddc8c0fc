import { describe, expect, it } from 'vitest';
import { createHostLimits } from './host-limits.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

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
    const runs = tasks.map(({ work }) => limits.run('x:80', work));
    await turn();
    expect(begun).toEqual(['a', 'b']);
    tasks[1]?.end();
    await runs[1];
    const late = aTask('late', begun);
    const lateRun = limits.run('x:80', late.work);
    await turn();
    expect(begun).toEqual(['a', 'b', 'c']);
    for (const task of [...tasks, late]) task.end();
    expect(await Promise.all([...runs, lateRun])).toEqual(['a', 'b', 'c', 'd', 'late']);
    expect(begun).toEqual(['a', 'b', 'c', 'd', 'late']);
  });

  it('keeps no host waiting for another', async () => {
    const limits = createHostLimits({ maxConcurrent: 1, maxQueued: 1, maxWaitMs: 60_000 });
    const busy = aTask('busy', []);
    const run = limits.run('x:80', busy.work);
    expect(await limits.run('y:80', async () => 'done')).toBe('done');
    busy.end();
    await run;
  });

  it('refuses who comes when too many wait, and says when to try again', async () => {
    const limits = createHostLimits({ maxConcurrent: 1, maxQueued: 1, maxWaitMs: 60_000 });
    const [first, second] = [aTask('first', []), aTask('second', [])];
    const runs = [limits.run('x:80', first.work), limits.run('x:80', second.work)];
    await expect(limits.run('x:80', async () => 'third')).rejects.toMatchObject({
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
    const run = limits.run('x:80', first.work);
    const abort = new AbortController();
    const cancelled = limits.run('x:80', aTask('cancelled', begun).work, abort.signal);
    abort.abort(new Error('gone'));
    await expect(cancelled).rejects.toThrow('gone');
    await expect(limits.run('x:80', aTask('slow', begun).work)).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      message: expect.stringContaining('waited 20 ms'),
    });
    first.end();
    await run;
    expect(await limits.run('x:80', async () => 'next')).toBe('next');
    expect(begun).toEqual(['first']);
  });

  it('frees the place of work that fails', async () => {
    const limits = createHostLimits({ maxConcurrent: 1, maxQueued: 0, maxWaitMs: 60_000 });
    await expect(limits.run('x:80', () => Promise.reject(new Error('broken')))).rejects.toThrow();
    expect(await limits.run('x:80', async () => 'next')).toBe('next');
  });
});

import { expect, it } from 'vitest';
import { createBatcher } from './batcher.js';

it('shares a run among all that come while another one goes on', async () => {
  const runs: number[][] = [];
  const batcher = createBatcher<number, number>(
    async (items) => {
      runs.push(items);
      await new Promise((done) => setImmediate(done));
      return items.map((item) => item * 2);
    },
    { maxItems: 3 },
  );
  const first = batcher.add(1);
  await Promise.resolve();
  await Promise.resolve();
  const others = [2, 3, 4, 5].map((item) => batcher.add(item));
  expect(await Promise.all([first, ...others])).toEqual([2, 4, 6, 8, 10]);
  expect(runs).toEqual([[1], [2, 3, 4], [5]]);
});

it('lets one bad item fail alone', async () => {
  const batcher = createBatcher<number, number>(
    async (items) => {
      if (items.includes(2)) throw new Error('no 2');
      return items;
    },
    { maxItems: 10 },
  );
  const settled = await Promise.allSettled([1, 2, 3].map((item) => batcher.add(item)));
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

it('lets items linger for others, unless somebody waits for it to be idle', async () => {
  const runs: number[][] = [];
  const batcher = createBatcher<number, number>(
    async (items) => {
      runs.push(items);
      return items;
    },
    { maxItems: 3, lingerMs: 60_000 },
  );
  const first = batcher.add(1);
  await new Promise((resolve) => setImmediate(resolve));
  expect(runs).toEqual([]);
  await Promise.all([first, batcher.add(2), batcher.add(3)]);
  expect(runs).toEqual([[1, 2, 3]]);
  const last = batcher.add(4);
  await batcher.idle();
  expect(runs).toEqual([[1, 2, 3], [4]]);
  expect(await last).toBe(4);
});

it('is idle when everything that was added is done', async () => {
  const done: number[] = [];
  const batcher = createBatcher<number, number>(
    async (items) => {
      await new Promise((resolve) => setImmediate(resolve));
      done.push(...items);
      return items;
    },
    { maxItems: 1 },
  );
  void batcher.add(1);
  void batcher.add(2);
  await batcher.idle();
  expect(done).toEqual([1, 2]);
});

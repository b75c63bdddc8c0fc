import { expect, it } from 'vitest';
import { FairQueue } from './fair-queue.js';

function aQueue(limits: { total: number; perTenant: number }, items: [string, string][]) {
  const queue = new FairQueue<string>(limits);
  for (const [tenant, item] of items) queue.add(tenant, item);
  const takeAll = () => {
    const taken: string[] = [];
    for (let item = queue.take(); item !== null; item = queue.take()) taken.push(item);
    return taken;
  };
  return { queue, takeAll };
}

it('lets tenants take turns, each in its own order', () => {
  const { takeAll } = aQueue({ total: 9, perTenant: 9 }, [
    ...(['a1', 'a2', 'a3'].map((item) => ['a', item]) as [string, string][]),
    ['b', 'b1'],
    ['c', 'c1'],
    ['b', 'b2'],
  ]);
  expect(takeAll()).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
});

it('gives no tenant more than its share, though places are free', () => {
  const { queue, takeAll } = aQueue({ total: 4, perTenant: 2 }, [
    ['a', 'a1'],
    ['a', 'a2'],
    ['a', 'a3'],
  ]);
  expect(takeAll()).toEqual(['a1', 'a2']);
  queue.add('b', 'b1');
  expect(takeAll()).toEqual(['b1']);
  queue.done('a');
  expect(takeAll()).toEqual(['a3']);
  expect({ running: queue.running, waiting: queue.waiting }).toEqual({ running: 3, waiting: 0 });
});

it('runs no more than the total at once', () => {
  const { queue, takeAll } = aQueue({ total: 2, perTenant: 2 }, [
    ['a', 'a1'],
    ['b', 'b1'],
    ['c', 'c1'],
  ]);
  expect(takeAll()).toEqual(['a1', 'b1']);
  queue.done('a');
  expect(takeAll()).toEqual(['c1']);
  queue.done('b');
  queue.done('c');
  expect(queue.running).toBe(0);
});

it('hands out what waits when it is cleared, and keeps count of what runs', () => {
  const { queue, takeAll } = aQueue({ total: 1, perTenant: 1 }, [
    ['a', 'a1'],
    ['a', 'a2'],
    ['b', 'b1'],
  ]);
  expect(takeAll()).toEqual(['a1']);
  expect(queue.clear()).toEqual(['b1', 'a2']);
  expect({ running: queue.running, waiting: queue.waiting, next: queue.take() }).toEqual({
    running: 1,
    waiting: 0,
    next: null,
  });
});

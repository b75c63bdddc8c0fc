import { expect, it } from 'vitest';
import { createDeadline } from './deadline.js';

it('aborts with the reason of the caller, at once where the caller has gone before', () => {
  const caller = new AbortController();
  using deadline = createDeadline(60_000, caller.signal);
  expect(deadline.signal.aborted).toBe(false);
  caller.abort('gone');
  expect(deadline.signal.reason).toBe('gone');
  using late = createDeadline(60_000, caller.signal);
  expect(late.signal.reason).toBe('gone');
});

it('aborts with a TimeoutError when the time is up', async () => {
  using deadline = createDeadline(1, undefined);
  const aborted = new Promise((done) => deadline.signal.addEventListener('abort', done));
  const held = setInterval(() => {}, 1000);
  await aborted;
  clearInterval(held);
  expect(deadline.signal.reason).toMatchObject({ name: 'TimeoutError' });
});

it('follows nobody any more once it is disposed', () => {
  const caller = new AbortController();
  const deadline = createDeadline(60_000, caller.signal);
  deadline[Symbol.dispose]();
  caller.abort();
  expect(deadline.signal.aborted).toBe(false);
});

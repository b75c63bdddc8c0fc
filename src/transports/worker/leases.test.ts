import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AppError } from '../../errors.js';
import type { HeldJob } from '../../messaging/job-store.js';
import { createMetrics } from '../../telemetry/metrics.js';
import { startLeases } from './leases.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const held: HeldJob = {
  ...{ key: { tenant: 'acme', id: 'job' }, attempt: 1, token: 'token' },
  ...{ digest: '', entryId: '1-0', leaseMs: 300 },
};

/** Leases of 300 ms over a store that answers a beat as it is told to. */
function aLease(answer: () => Promise<boolean>) {
  const touched: string[][] = [];
  const lost = vi.fn();
  let beats = 0;
  const leases = startLeases({
    jobs: {
      beat: () => {
        beats += 1;
        return answer();
      },
    },
    requests: {
      touch: async (_, ids) => {
        touched.push([...ids]);
        return [...ids];
      },
    },
    consumer: 'tools-1',
    leaseMs: 300,
    entryIds: () => ['1-0', '2-0'],
    observer: { ...createMetrics().worker, process: () => null },
    logger: pino({ level: 'silent' }),
  });
  const lease = leases.hold(held, lost);
  return { lost, touched, lease, beats: () => beats, end: () => leases[Symbol.dispose]() };
}

const down = () => Promise.reject(new AppError('UPSTREAM_FAILED', 'No answer.'));

it('beats three times in a lease, and touches everything in hand', async () => {
  const { beats, touched, lost, end } = aLease(async () => true);
  await vi.advanceTimersByTimeAsync(900);
  expect(beats()).toBe(9);
  expect(touched).toHaveLength(9);
  expect(touched[0]).toEqual(['1-0', '2-0']);
  expect(lost).not.toHaveBeenCalled();
  end();
});

it('is lost when the store says so, once', async () => {
  const { beats, lost, end } = aLease(async () => false);
  await vi.advanceTimersByTimeAsync(900);
  expect(lost).toHaveBeenCalledTimes(1);
  expect(beats()).toBe(1);
  end();
});

it('outlives a store that is away for less than the lease', async () => {
  let isDown = true;
  const { lost, end } = aLease(() => (isDown ? down() : Promise.resolve(true)));
  await vi.advanceTimersByTimeAsync(250);
  isDown = false;
  await vi.advanceTimersByTimeAsync(1000);
  expect(lost).not.toHaveBeenCalled();
  end();
});

it('counts as lost when the store has refused to answer for the whole lease', async () => {
  const { lost, end } = aLease(down);
  await vi.advanceTimersByTimeAsync(250);
  expect(lost).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(150);
  expect(lost).toHaveBeenCalledTimes(1);
  end();
});

it('counts as lost when the store has said nothing for the whole lease', async () => {
  const { lost, end } = aLease(() => new Promise(() => {}));
  await vi.advanceTimersByTimeAsync(450);
  expect(lost).toHaveBeenCalledTimes(1);
  end();
});

it('is renewed no more once it is let go', async () => {
  const { beats, lease, lost, end } = aLease(async () => false);
  lease[Symbol.dispose]();
  await vi.advanceTimersByTimeAsync(500);
  expect(beats()).toBe(0);
  expect(lost).not.toHaveBeenCalled();
  end();
});

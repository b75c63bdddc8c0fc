import { expect, it } from 'vitest';
import { aPeer, aWorkerApp, type WorkerApp } from './worker-app.js';

/** Leases that nobody waits for: what a peer takes over here was given to it. */
const slowLease = { WORKER_LEASE_MS: '60000' };

const workerOf = ({ app }: Pick<WorkerApp, 'app'>) => {
  if (!app.worker) throw new Error('The worker is off.');
  return app.worker;
};

it('finishes what runs, and reads nothing more', async () => {
  await using worker = await aWorkerApp();
  const running = await worker.ask({ tool: 'makeSlowly', args: { name: 'x' } });
  await worker.upstream.came(1);
  const stopped = workerOf(worker).stop();
  const late = await worker.ask({ args: { id: 'late' } });
  worker.upstream.release();
  await stopped;
  expect(await worker.answer(running)).toMatchObject({ outcome: 'ok', attempt: 1 });
  expect(await worker.messaging.requests.depth()).toMatchObject({ lag: 1, pending: 0 });
  await using _peer = await aPeer(worker);
  expect(await worker.answer(late)).toMatchObject({ outcome: 'ok' });
});

it('lets a peer have at once what outlasts the grace period', async () => {
  await using worker = await aWorkerApp({ env: { ...slowLease, WORKER_GRACE_MS: '50' } });
  await using _peer = await aPeer(worker, { env: { ...slowLease, WORKER_CONCURRENCY: '1' } });
  const ids = await Promise.all([1, 2].map(() => worker.ask({ tool: 'readSlowly', args: {} })));
  await worker.upstream.came(2);
  await workerOf(worker).stop();
  await worker.upstream.gone;
  worker.upstream.release();
  for (const id of ids) expect(await worker.answer(id)).toMatchObject({ outcome: 'ok' });
  await worker.settled();
  expect(worker.upstream.seen.length).toBeGreaterThan(2);
});

it('leaves an unsafe call that outlasts the grace period undecided, and makes it once', async () => {
  await using worker = await aWorkerApp({ env: { ...slowLease, WORKER_GRACE_MS: '0' } });
  const id = await worker.ask({ tool: 'makeSlowly', args: { name: 'x' } });
  await worker.upstream.came(1);
  await workerOf(worker).stop();
  await using _peer = await aPeer(worker, { env: slowLease });
  expect(await worker.answer(id)).toMatchObject({ outcome: 'indeterminate' });
  expect(worker.upstream.seen).toHaveLength(1);
});

it('ends its grace period when it is told to hurry', async () => {
  await using worker = await aWorkerApp({ env: { ...slowLease, WORKER_GRACE_MS: '600000' } });
  await worker.ask({ tool: 'readSlowly', args: {} });
  await worker.upstream.came(1);
  const stopped = workerOf(worker).stop();
  workerOf(worker).hurry();
  await stopped;
  await worker.upstream.gone;
  expect(await worker.messaging.requests.depth()).toMatchObject({ pending: 1 });
});

it('leaves to its peers what it had parked', async () => {
  const env = { ...slowLease, WORKER_CONCURRENCY: '2', WORKER_TENANT_CONCURRENCY: '1' };
  await using worker = await aWorkerApp({ env });
  const ids = await Promise.all([1, 2, 3].map(() => worker.ask({ tool: 'readSlowly', args: {} })));
  await worker.upstream.came(1);
  const { requests } = worker.messaging;
  await expect.poll(() => requests.depth()).toMatchObject({ lag: 2, pending: 1 });
  const stopped = workerOf(worker).stop();
  await using _peer = await aPeer(worker, { env: slowLease });
  await worker.upstream.came(3);
  worker.upstream.release();
  await stopped;
  for (const id of ids) {
    expect(await worker.answer(id)).toMatchObject({ outcome: 'ok', attempt: 1 });
  }
  expect(worker.upstream.seen).toHaveLength(3);
});

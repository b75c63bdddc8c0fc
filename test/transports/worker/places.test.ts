import { expect, it } from 'vitest';
import { aPeer, aWorkerApp, type WorkerApp } from './worker-app.js';

/** So many calls that run until the upstream lets them. */
const holdMany = (worker: WorkerApp, count: number) =>
  Promise.all(Array.from({ length: count }, () => worker.ask({ tool: 'readSlowly', args: {} })));

it('never takes more requests than it has places', async () => {
  await using worker = await aWorkerApp({
    env: { WORKER_CONCURRENCY: '4', WORKER_TENANT_CONCURRENCY: '4' },
  });
  const ids = await holdMany(worker, 30);
  await worker.upstream.came(4);
  expect(await worker.messaging.requests.depth()).toMatchObject({ lag: 26, pending: 4 });
  expect(worker.app.worker?.vitals()).toMatchObject({ running: 4, waiting: 0 });
  worker.upstream.release();
  for (const id of ids) expect(await worker.answer(id)).toMatchObject({ outcome: 'ok' });
  await worker.settled();
});

it('keeps a place for others while one tenant has many slow calls', async () => {
  await using worker = await aWorkerApp({
    env: { WORKER_CONCURRENCY: '4', WORKER_TENANT_CONCURRENCY: '3' },
  });
  const noisy = await holdMany(worker, 12);
  const trace = worker.aSession({ tenant_id: 'globex' });
  const quick = await worker.ask({ trace, args: { id: 'quick' } });
  expect(await worker.answer(quick)).toMatchObject({ outcome: 'ok' });
  expect(worker.soFar()).toHaveLength(1);
  await expect.poll(() => worker.app.worker?.vitals()).toMatchObject({ running: 3, waiting: 0 });
  expect(await worker.messaging.requests.depth()).toMatchObject({ lag: 9, pending: 3 });
  worker.upstream.release();
  for (const id of noisy) expect(await worker.answer(id)).toMatchObject({ outcome: 'ok' });
  await worker.settled();
});

it('finds the requests of others behind as many of one tenant as there are', async () => {
  await using worker = await aWorkerApp({
    env: { WORKER_CONCURRENCY: '2', WORKER_TENANT_CONCURRENCY: '1' },
  });
  const noisy = await holdMany(worker, 200);
  const trace = worker.aSession({ tenant_id: 'globex' });
  const quick = await worker.ask({ trace, args: { id: 'quick' } });
  expect(await worker.answer(quick)).toMatchObject({ outcome: 'ok' });
  const { lag, pending } = await worker.messaging.requests.depth();
  expect(lag + pending).toBe(200);
  worker.upstream.release();
  for (const id of noisy) expect(await worker.answer(id)).toMatchObject({ outcome: 'ok' });
  await worker.settled();
});

it('leaves to a peer at once what its tenant has no room for here', async () => {
  const env = { WORKER_CONCURRENCY: '4', WORKER_TENANT_CONCURRENCY: '2', WORKER_LEASE_MS: '60000' };
  await using worker = await aWorkerApp({ env });
  await using peer = await aPeer(worker, { env });
  const ids = await holdMany(worker, 9);
  await worker.upstream.came(4);
  await expect.poll(() => worker.messaging.requests.depth()).toMatchObject({ lag: 5, pending: 4 });
  for (const { worker: one } of [worker.app, peer]) expect(one?.vitals().running).toBe(2);
  worker.upstream.release();
  for (const id of ids) {
    expect(await worker.answer(id)).toMatchObject({ outcome: 'ok', attempt: 1 });
  }
  await worker.settled();
});

it('runs the oldest of a tenant first, parked or not', async () => {
  await using worker = await aWorkerApp({
    env: { WORKER_CONCURRENCY: '3', WORKER_TENANT_CONCURRENCY: '1' },
  });
  const [held = ''] = await holdMany(worker, 1);
  await worker.upstream.came(1);
  const ids = [held];
  for (let index = 0; index < 30; index += 1) {
    ids.push(await worker.ask({ args: { id: String(index) } }));
  }
  worker.upstream.release();
  await worker.answer(ids.at(-1) ?? '');
  await worker.settled();
  expect(worker.soFar().map(({ correlation_id }) => correlation_id)).toEqual(ids);
});

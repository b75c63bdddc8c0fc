import { expect, it } from 'vitest';
import { aWorkerApp, type WorkerApp } from './worker-app.js';

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
  expect(worker.app.worker?.vitals()).toMatchObject({ running: 3, waiting: 9 });
  worker.upstream.release();
  for (const id of noisy) expect(await worker.answer(id)).toMatchObject({ outcome: 'ok' });
});

it('reads on for other tenants only so far', async () => {
  await using worker = await aWorkerApp({
    env: { WORKER_CONCURRENCY: '2', WORKER_TENANT_CONCURRENCY: '1' },
  });
  const ids = await holdMany(worker, 40);
  await worker.upstream.came(1);
  await expect.poll(() => worker.app.worker?.vitals().waiting).toBe(8);
  expect(await worker.messaging.requests.depth()).toMatchObject({ lag: 31, pending: 9 });
  worker.upstream.release();
  await worker.answer(ids.at(-1) ?? '');
  await worker.settled();
});

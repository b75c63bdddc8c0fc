import { afterAll, beforeAll, expect, it } from 'vitest';
import type { HealthServer } from '../../../src/transports/worker/health-server.js';
import { startHealthServer } from '../../../src/transports/worker/health-server.js';
import {
  aFaultyMessaging,
  aWorkerApp,
  type FaultyMessaging,
  type WorkerApp,
} from './worker-app.js';

let worker: WorkerApp;
let health: HealthServer;
let faults: FaultyMessaging;

beforeAll(async () => {
  worker = await aWorkerApp({
    through: (messaging) => {
      faults = aFaultyMessaging(messaging);
      return faults.messaging;
    },
  });
  const running = worker.app.worker;
  if (!running) throw new Error('The worker is off.');
  health = await startHealthServer({ ...worker.app.ports, worker: running, port: 0 });
});
afterAll(async () => {
  await health[Symbol.asyncDispose]();
  await worker[Symbol.asyncDispose]();
});

async function ask(path: string) {
  const answer = await fetch(`http://127.0.0.1:${health.port}${path}`);
  return { status: answer.status, text: await answer.text() };
}

it('is alive and ready while requests can be read', async () => {
  expect(await ask('/healthz')).toEqual({ status: 200, text: '{"status":"ok"}' });
  const ready = { status: 200, text: '{"status":"ok"}' };
  await expect.poll(() => ask('/readyz'), { timeout: 20_000 }).toEqual(ready);
  expect((await ask('/other')).status).toBe(404);
});

it('counts what it does', async () => {
  await worker.answer(await worker.ask());
  await worker.answer(await worker.ask({ trace: 'unknown' }));
  await worker.settled();
  const { text } = await ask('/metrics');
  expect(text).toMatch(/^toolgraph_worker_ended_total\{outcome="ok"\} 1$/m);
  expect(text).toMatch(/^toolgraph_worker_rejected_total\{reason="UNAUTHENTICATED"\} 1$/m);
  expect(text).toMatch(/^toolgraph_worker_read_total 2$/m);
  for (const name of ['lag', 'oldest_pending_seconds', 'in_flight', 'dead_letters']) {
    expect(text).toMatch(new RegExp(`^toolgraph_worker_${name} \\d`, 'm'));
  }
});

it('is alive and not ready while the messages are away', async () => {
  faults.cut();
  await expect.poll(() => ask('/readyz'), { timeout: 10_000 }).toMatchObject({ status: 503 });
  expect((await ask('/readyz')).text).toContain('cannot be read');
  expect((await ask('/healthz')).status).toBe(200);
  faults.mend();
  await expect.poll(() => ask('/readyz'), { timeout: 10_000 }).toMatchObject({ status: 200 });
});

it('is not ready any more once it stops', async () => {
  await worker.app.worker?.stop();
  expect(await ask('/readyz')).toEqual({
    status: 503,
    text: '{"status":"The worker is stopping."}',
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aWorkerApp, type WorkerApp } from './worker-app.js';

let worker: WorkerApp;

beforeAll(async () => {
  worker = await aWorkerApp();
});
afterAll(() => worker[Symbol.asyncDispose]());

describe('a delegated call', () => {
  it('is made as the agent of its session, and answered on the stream of its caller', async () => {
    const id = await worker.ask({ args: { id: 'a b', tag: 'x' } });
    const answer = await worker.answer(id);
    expect(answer).toMatchObject({
      correlation_id: id,
      outcome: 'ok',
      attempt: 1,
      writeback: { sent_files: [], injected_tools: [], sent_rich_messages: [] },
    });
    expect(JSON.parse(answer.result ?? '')).toMatchObject({ url: '/things/a%20b?tag=x' });
    await worker.settled();
  });
});

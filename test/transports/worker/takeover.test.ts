import { describe, expect, it } from 'vitest';
import {
  aFaultyMessaging,
  aPeer,
  aWorkerApp,
  type FaultyMessaging,
  untilFound,
  type WorkerApp,
} from './worker-app.js';

/** A worker that can be cut off from the messages, alone at first. */
async function aScene(env: Record<string, string> = {}) {
  let faults: FaultyMessaging | null = null;
  const worker = await aWorkerApp({
    env,
    through: (messaging) => {
      faults = aFaultyMessaging(messaging);
      return faults.messaging;
    },
  });
  return { worker, faults: faults as unknown as FaultyMessaging };
}

const letters = ({ messaging }: WorkerApp) =>
  messaging.requests.listDeadLetters({ first: 100, after: null });

describe('a worker that is cut off', () => {
  it('stops a call whose lease it may have lost; a peer makes it again where it is safe', async () => {
    const { worker, faults } = await aScene();
    await using _worker = worker;
    const id = await worker.ask({ tool: 'readSlowly', args: {} });
    await worker.upstream.came(1);
    faults.cut();
    await worker.upstream.gone;
    await using _peer = await aPeer(worker);
    await worker.upstream.came(2);
    worker.upstream.release();
    expect(await worker.answer(id)).toMatchObject({ outcome: 'ok', attempt: 2 });
    faults.mend();
    await worker.settled();
    expect(worker.soFar()).toHaveLength(1);
  });

  it('leaves a call that may have had its effect to nobody: a peer says that it does not know', async () => {
    const { worker, faults } = await aScene();
    await using _worker = worker;
    const request = { tool: 'makeSlowly', args: { name: 'x' }, idemKey: 'key' };
    const id = await worker.ask(request);
    await worker.upstream.came(1);
    faults.cut();
    await using _peer = await aPeer(worker);
    expect(await worker.answer(id)).toMatchObject({ outcome: 'indeterminate' });
    worker.upstream.release();
    faults.mend();
    expect(await worker.answer(await worker.ask(request))).toMatchObject({
      outcome: 'indeterminate',
    });
    await worker.settled();
    expect(worker.upstream.seen).toHaveLength(1);
    expect(worker.soFar()).toHaveLength(2);
  });

  it('leaves the answer that it got with the calls, where its peer finds it', async () => {
    const { worker, faults } = await aScene();
    await using _worker = worker;
    const id = await worker.ask({ tool: 'makeSlowly', args: { name: 'kept' } });
    await worker.upstream.came(1);
    faults.cut();
    worker.upstream.release();
    await using _peer = await aPeer(worker);
    const answer = await worker.answer(id);
    expect(answer).toMatchObject({ outcome: 'ok', attempt: 2 });
    expect(answer.result).toContain('kept');
    faults.mend();
    await worker.settled();
    expect(worker.upstream.seen).toHaveLength(1);
    expect(worker.soFar()).toHaveLength(1);
  });
});

describe('a store that does not answer', () => {
  it.each([
    ['who asks', 'find', 2],
    ['the job', 'begin', 2],
    ['what is about to happen', 'start', 1],
    ['the end of the job', 'complete', 3],
  ])('is asked again for %s, and the call made once', async (_, step, times) => {
    const { worker, faults } = await aScene();
    await using _worker = worker;
    faults.fail(step, times);
    const id = await worker.ask({ tool: 'makeThing', args: { name: 'x' } });
    expect(await worker.answer(id)).toMatchObject({ outcome: 'ok' });
    await worker.settled();
    expect(worker.upstream.seen).toHaveLength(1);
    expect(worker.soFar()).toHaveLength(1);
  });

  it('is given up after some tries: the caller is told, the request lies with the dead letters', async () => {
    const { worker, faults } = await aScene();
    await using _worker = worker;
    faults.fail('start', 100);
    const id = await worker.ask({ tool: 'makeThing', args: { name: 'x' }, idemKey: 'given up' });
    expect(await worker.answer(id)).toMatchObject({ code: 'RETRIES_EXHAUSTED' });
    await worker.settled();
    const [letter] = await letters(worker);
    expect(letter).toMatchObject({ reason: 'retries_exhausted', attempt: 1 });
    expect(worker.upstream.seen).toEqual([]);
    faults.fail('start', 0);
    await worker.messaging.requests.replayDeadLetter(letter?.id ?? '');
    const answers = await worker.answers(id, 2);
    expect(answers[1]).toMatchObject({ outcome: 'ok' });
    expect(worker.upstream.seen).toHaveLength(1);
  });
});

describe('a request that is tried again', () => {
  it('and meanwhile too late is answered as such, and so is everybody who joined it', async () => {
    const { worker, faults } = await aScene({ WORKER_LEASE_MS: '6000' });
    await using _worker = worker;
    const tooLate = Promise.withResolvers<void>();
    faults.fail('start', 1, tooLate.promise);
    const request = { tool: 'makeThing', args: { name: 'x' }, idemKey: 'joined' };
    const deadline = Date.now() + 3000;
    const first = await worker.ask({ ...request, more: { deadline_at: deadline / 1000 } });
    await expect.poll(() => worker.app.worker?.vitals().running).toBe(1);
    const second = await worker.ask(request);
    const depth = () => worker.messaging.requests.depth();
    await expect.poll(depth, { timeout: 10_000 }).toMatchObject({ lag: 0, pending: 1 });
    await untilFound(() => (Date.now() > deadline ? true : null));
    tooLate.resolve();
    for (const id of [first, second]) {
      expect(await worker.answer(id)).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    }
    await worker.settled();
    expect(worker.upstream.seen).toEqual([]);
  });
});

describe('an entry that nobody gets to the end of', () => {
  it('is given up after ten deliveries, before anything of it is read', async () => {
    await using worker = await aWorkerApp({ env: { WORKER: 'off' } });
    const id = await worker.ask();
    const { requests } = worker.messaging;
    const reading = { consumer: 'dead', count: 1, blockMs: 0, signal: AbortSignal.abort() };
    await untilFound(async () => {
      const found = await requests.read({ ...reading, signal: new AbortController().signal });
      return found[0] ?? null;
    });
    for (let times = 0; times < 9; times += 1) {
      await requests.reclaim({ consumer: 'dead', count: 1, minIdleMs: 0 });
    }
    await using _peer = await aPeer(worker);
    expect(await worker.answer(id)).toMatchObject({ code: 'RETRIES_EXHAUSTED' });
    expect(await letters(worker)).toMatchObject([{ reason: 'retries_exhausted', attempt: 11 }]);
    expect(worker.upstream.seen).toEqual([]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aWorkerApp, replyTo, untilFound, type WorkerApp } from './worker-app.js';

let worker: WorkerApp;

beforeAll(async () => {
  worker = await aWorkerApp();
});
afterAll(() => worker[Symbol.asyncDispose]());

/** Requests of the upstream with this text in their path or body. */
const seen = (text: string) =>
  worker.upstream.seen.filter(({ url, body }) => `${url} ${body}`.includes(text));
const letters = () => worker.messaging.requests.listDeadLetters({ first: 100, after: null });

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

  it('is made though nobody wants its answer', async () => {
    await worker.ask({ args: { id: 'quiet' }, replyTo: '' });
    await untilFound(() => seen('/things/quiet')[0] ?? null);
    await worker.settled();
  });

  it('is refused without a session, and leaves no record behind: the same key runs later', async () => {
    const request = { args: { id: 'stranger' }, idemKey: 'stranger' };
    expect(await worker.answer(await worker.ask({ ...request, trace: 'unknown' }))).toMatchObject({
      error: 'Tool request rejected: no authenticated session.',
    });
    expect(seen('/things/stranger')).toEqual([]);
    expect(await worker.answer(await worker.ask(request))).toMatchObject({ outcome: 'ok' });
  });

  it('is refused after its deadline, before anything is sent', async () => {
    const more = { deadline_at: Date.now() / 1000 - 1 };
    const answer = await worker.answer(await worker.ask({ args: { id: 'late' }, more }));
    expect(answer).toMatchObject({ code: 'DEADLINE_EXCEEDED', error: expect.any(String) });
    expect(seen('/things/late')).toEqual([]);
  });

  it('tells which tools there are when it names another', async () => {
    const answer = await worker.answer(await worker.ask({ tool: 'getThings' }));
    expect(answer).toMatchObject({ outcome: 'failed', code: 'NOT_FOUND' });
    expect(answer.result).toContain('Did you mean');
  });

  it('whose answer would go anywhere else is put aside and not run', async () => {
    const count = (await letters()).length;
    await worker.ask({ args: { id: 'deputy' }, replyTo: 'sg:stream:tools' });
    const [letter] = await untilFound(async () => {
      const found = await letters();
      return found.length > count ? found : null;
    });
    expect(letter).toMatchObject({ reason: 'unanswerable', tenant: null });
    expect(seen('/things/deputy')).toEqual([]);
  });

  it.each([
    ['random bytes', Uint8Array.from([0xc1, 0xff, 0x00]), 'undecodable'],
    ['a list', Uint8Array.from([0x93, 1, 2, 3]), 'invalid'],
    ['nothing', new Uint8Array(), 'undecodable'],
  ])('that is %s goes to the dead letters, and the next one runs', async (_, data, reason) => {
    const entryId = await worker.messaging.requests.append({ data });
    const answer = await worker.answer(await worker.ask());
    expect(answer.outcome).toBe('ok');
    await worker.settled();
    const letter = (await letters()).find(({ originalId }) => originalId === entryId);
    expect(letter).toMatchObject({ reason, attempt: 1 });
  });
});

describe('the same key', () => {
  it('is run once for all who ask at once, each answered under its own id', async () => {
    const request = { tool: 'makeThing', args: { name: 'joined' }, idemKey: 'joined' };
    const ids = await Promise.all([1, 2, 3, 4, 5].map(() => worker.ask(request)));
    const answers = await Promise.all(ids.map((id) => worker.answer(id)));
    expect(new Set(answers.map(({ result }) => result)).size).toBe(1);
    expect(seen('"joined"')).toHaveLength(1);
    await worker.settled();
  });

  it('is answered from what was kept when somebody asks again', async () => {
    const request = { tool: 'makeThing', args: { name: 'again' }, idemKey: 'again' };
    const first = await worker.answer(await worker.ask(request));
    const second = await worker.answer(await worker.ask(request));
    expect(second).toEqual({ ...first, correlation_id: second.correlation_id });
    expect(seen('"again"')).toHaveLength(1);
  });

  it('is refused for other arguments, and tells nothing of the first', async () => {
    const request = { tool: 'makeThing', args: { name: 'mine' }, idemKey: 'reused' };
    await worker.answer(await worker.ask(request));
    const other = await worker.answer(await worker.ask({ ...request, args: { name: 'yours' } }));
    expect(other).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(JSON.stringify(other)).not.toContain('mine');
    expect(seen('"yours"')).toEqual([]);
  });

  it.each([
    ['of another user', { user_id: 'noa' }],
    ['of another tenant', { tenant_id: 'globex' }],
  ])('%s is another call', async (who, record) => {
    const args = { id: `apart-${who.length}` };
    const idemKey = `apart ${who}`;
    await worker.answer(await worker.ask({ args, idemKey }));
    await worker.answer(await worker.ask({ args, idemKey, trace: worker.aSession(record) }));
    expect(seen(`/things/${args.id}`)).toHaveLength(2);
  });

  it('may come again with better arguments after those that did not fit', async () => {
    const request = { tool: 'makeThing', idemKey: 'mended' };
    const refused = await worker.answer(await worker.ask({ ...request, args: { name: 7 } }));
    expect(refused).toMatchObject({ outcome: 'failed', code: 'INVALID_INPUT' });
    const mended = await untilFound(async () => {
      const answer = await worker.answer(
        await worker.ask({ ...request, args: { name: 'mended' } }),
      );
      return answer.code === 'IDEMPOTENCY_KEY_REUSED' ? null : answer;
    });
    expect(mended).toMatchObject({ outcome: 'ok' });
  });
});

describe('a call that runs at its deadline', () => {
  it('is stopped, and said to be too late, where nothing can have happened', async () => {
    await using own = await aWorkerApp();
    const more = { deadline_at: (Date.now() + 1500) / 1000 };
    const id = await own.ask({ tool: 'readSlowly', args: {}, more });
    await own.upstream.came(1);
    expect(await own.answer(id)).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await own.upstream.gone;
    await own.settled();
  });

  it('is stopped, and never made again, where it may have had its effect', async () => {
    await using own = await aWorkerApp();
    const request = { tool: 'makeSlowly', args: { name: 'x' }, idemKey: 'loose' };
    const more = { deadline_at: (Date.now() + 1500) / 1000 };
    const id = await own.ask({ ...request, more });
    await own.upstream.came(1);
    expect(await own.answer(id)).toMatchObject({ code: 'INDETERMINATE', outcome: 'indeterminate' });
    await own.upstream.gone;
    expect(await own.answer(await own.ask(request))).toMatchObject({ code: 'INDETERMINATE' });
    expect(own.upstream.seen).toHaveLength(1);
    expect(own.soFar().every(({ correlation_id }) => correlation_id !== '')).toBe(true);
    expect(own.messaging.replies.take(replyTo)).toEqual([]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aScene, openReplicas, readEntries } from './scene.js';

type Replicas = Awaited<ReturnType<typeof openReplicas>>;
let replicas: Replicas;
beforeAll(async () => {
  replicas = await openReplicas();
});
afterAll(() => replicas[Symbol.asyncDispose]());

describe('a submitted call', () => {
  it('waits, runs and has its result, with a record in the history', async () => {
    await using scene = await aScene(replicas);
    const submitted = await scene.submit('makeThing', { name: 'ball' });
    expect(submitted).toMatchObject({ status: 202, state: 'QUEUED', result: null });
    expect(scene.upstream.seen).toHaveLength(0);
    expect(await scene.work()).toBe(1);
    const done = await scene.find(submitted.id);
    expect(done).toMatchObject({ state: 'DONE', toolName: 'makeThing', agentId: 'atlas' });
    expect(done?.result).toMatchObject({ outcome: 'OK', status: 200, replayed: false });
    expect(scene.upstream.seen.map(({ body }) => body)).toEqual(['{"name":"ball"}']);
    expect(await scene.caller.calls()).toMatchObject({
      totalCount: 1,
      nodes: [{ id: done?.result?.callId, idempotencyKey: submitted.id, outcome: 'OK' }],
    });
  });

  it('is one with another of the same key, on every replica', async () => {
    await using scene = await aScene(replicas);
    const payload = { arguments: { name: 'ball' }, idempotency_key: 'k' };
    const url = '/agents/atlas/tools/makeThing/submit';
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        (index % 2 ? scene.replica : scene.caller).post(url, payload),
      ),
    );
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    await scene.work(replicas.one);
    await scene.work(replicas.other);
    expect(scene.upstream.seen).toHaveLength(1);
    const again = await scene.submit('makeThing', { name: 'ball' }, { idempotency_key: 'k' });
    expect(again).toMatchObject({ id: answers[0]?.body.id, state: 'DONE' });
    expect(await readEntries(replicas.one)).toEqual([]);
  });

  it('is one with a direct call of the same key', async () => {
    await using scene = await aScene(replicas);
    const direct = await scene.caller.call('makeThing', { name: 'ball' }, { key: 'k' });
    const { id } = await scene.submit('makeThing', { name: 'ball' }, { idempotency_key: 'k' });
    await scene.work();
    expect((await scene.find(id))?.result).toMatchObject({
      ...{ callId: 'callId' in direct ? direct.callId : '', replayed: true },
    });
    expect(scene.upstream.seen).toHaveLength(1);
  });

  it('is refused with other arguments under the same key, waiting or done', async () => {
    await using scene = await aScene(replicas);
    await scene.submit('makeThing', { name: 'ball' }, { idempotency_key: 'k' });
    const other = () => scene.submit('makeThing', { name: 'bat' }, { idempotency_key: 'k' });
    expect(await other()).toMatchObject({
      status: 409,
      detail: expect.stringMatching(/other arguments/),
    });
    await scene.work();
    expect(await other()).toMatchObject({ status: 409 });
    // The order of keys makes no other arguments.
    const args = { password: 'x', name: 'ball' };
    const first = await scene.submit('makeThing', args, { idempotency_key: 'ordered' });
    const turned = { name: 'ball', password: 'x' };
    const second = await scene.submit('makeThing', turned, { idempotency_key: 'ordered' });
    expect(second.id).toBe(first.id);
    await scene.work();
  });

  it('leaves its key to another 24 hours after its end', async () => {
    await using scene = await aScene(replicas);
    const first = await scene.submit('getThing', { id: '1' }, { idempotency_key: 'k' });
    await scene.work();
    await scene.sql(
      `update submitted_calls set finished_at = now() - interval '25 hours' where tenant_id = $1`,
    );
    await scene.sql(
      `update call_journal set expires_at = now() - interval '1 hour' where tenant_id = $1`,
    );
    const second = await scene.submit('getThing', { id: '2' }, { idempotency_key: 'k' });
    expect(second.status).toBe(202);
    expect(second.id).not.toBe(first.id);
    await scene.work();
    expect(await scene.find(first.id)).toMatchObject({ state: 'DONE' });
    expect(await scene.find(second.id)).toMatchObject({ state: 'DONE' });
  });

  it.each([
    ['an unknown tool', 'makeThink', { name: 'x' }, {}, 404, /Did you mean .*makeThing/],
    ['arguments that do not fit', 'makeThing', { name: 5 }, {}, 422, /string/],
    ['a missing argument', 'getThing', {}, {}, 422, /id/],
    ['a key that is none', 'makeThing', { name: 'x' }, { idempotency_key: '' }, 422, /character/],
    ['a deadline that is no time', 'makeThing', { name: 'x' }, { deadline: 'soon' }, 422, /date/],
    [
      'a deadline that has passed',
      ...['makeThing', { name: 'x' }, { deadline: '2020-01-01T00:00:00Z' }, 422, /from now on/],
    ],
    [
      'a deadline next year',
      ...['makeThing', { name: 'x' }, { deadline: '2099-01-01T00:00:00Z' }, 422, /7 days/],
    ],
    ['arguments beyond 1 MiB', 'makeThing', { name: 'x'.repeat(1_050_000) }, {}, 413, /1048576/],
  ] as [string, string, object, object, number, RegExp][])(
    'is refused with %s, and nothing is kept',
    async (_, name, args, more, status, sentence) => {
      await using scene = await aScene(replicas);
      const refused = await scene.submit(name, args, more);
      expect(refused.status).toBe(status);
      expect(JSON.stringify(refused.detail)).toMatch(sentence);
      expect(await scene.sql('select 1 from submitted_calls where tenant_id = $1')).toEqual([]);
      expect(await scene.work()).toBe(0);
    },
  );

  it('is refused when too many wait, and is not kept', async () => {
    await using small = await openReplicas({ WORKER_MAX_LAG: '20' });
    await using scene = await aScene(small);
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) => scene.submit('getThing', { id: String(index) })),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(40);
    expect(refused[0]?.detail).toMatch(/^Too many calls wait for a worker/);
    const kept = await scene.sql<{ count: number }>(
      'select count(*)::int as count from submitted_calls where tenant_id = $1',
    );
    expect(kept).toEqual([{ count: 20 }]);
    const { errors } = await scene.caller.ask(
      `mutation { submitCall(agentId: "atlas", name: "getThing", arguments: { id: "1" }) { id } }`,
    );
    expect(errors[0]).toMatchObject({
      message: expect.stringMatching(/Too many calls wait/),
      extensions: { code: 'LIMIT_EXCEEDED' },
    });
    await scene.work();
    expect(await scene.submit('getThing', { id: '1' })).toMatchObject({ status: 202 });
  });

  it('that one replica refuses and another takes under the same key is the one that was taken', async () => {
    // Nothing is given to a log a second time meanwhile, but for a call that the other replica has taken back.
    const more = { WORKER_MAX_LAG: '2', WORKER_LEASE_MS: '600000' };
    await using small = await openReplicas(more);
    await using scene = await aScene(small);
    // The log of the first replica is full from now on.
    for (const id of ['a', 'b']) await scene.submit('getThing', { id });
    const payload = (id: string) => ({ arguments: { id }, idempotency_key: `key ${id}` });
    const url = '/agents/atlas/tools/getThing/submit';
    for (let id = 1; id <= 10; id += 1) {
      const [refused, taken] = await Promise.all([
        scene.caller.post(url, payload(String(id))),
        scene.replica.post(url, payload(String(id))),
      ]);
      expect(taken.status).toBe(202);
      // It may have found the call that the other replica had taken.
      if (refused.status === 202) expect(refused.body.id).toBe(taken.body.id);
      else expect(refused.status).toBe(429);
      await scene.work(small.other);
      expect(await scene.find(taken.body.id)).toMatchObject({ state: 'DONE' });
    }
  });

  it('of a tool that is gone when it runs says so', async () => {
    await using scene = await aScene(replicas);
    const { id } = await scene.submit('makeThing', { name: 'ball' });
    const { data } = await scene.caller.ask('mutation ($id: ID!) { deleteApi(id: $id) }', {
      id: scene.apiId,
    });
    expect(data).toBeTruthy();
    await scene.work();
    expect((await scene.find(id))?.result).toMatchObject({
      ...{ outcome: 'FAILED', callId: id },
      error: { code: 'NOT_FOUND', message: 'The agent "atlas" has no tool "makeThing".' },
    });
    expect(scene.upstream.seen).toHaveLength(0);
  });

  it('keeps its arguments sealed while it waits, and not at all afterwards', async () => {
    await using scene = await aScene(replicas);
    const canary = 'canary-4711-of-the-secret-garden';
    const { id } = await scene.submit('makeThing', { name: 'n', password: canary });
    const dump = async () => {
      const rows = await scene.sql<{ text: string }>(
        `select row_to_json(c)::text as text from submitted_calls c where tenant_id = $1
         union all select row_to_json(r)::text from call_records r where tenant_id = $1`,
      );
      return rows.map(({ text }) => text).join('\n');
    };
    expect(await dump()).toContain('gAAAA');
    expect(await dump()).not.toContain(canary);
    const entries = await readEntries(replicas.one);
    for (const entry of entries) {
      const told = [...entry.fields].map(([name, value]) => `${name} ${Buffer.from(value)}`);
      expect(told.sort()).toEqual([`submitted_call ${id}`, `tenant ${scene.tenant}`]);
      await replicas.one.ports.messaging.requests.giveBack('test', [entry.id]);
    }
    const { entries: again } = await replicas.one.ports.messaging.requests.reclaim({
      ...{ consumer: 'test', count: 10, minIdleMs: 0 },
    });
    expect(again).toHaveLength(1);
    await scene.sql(`update submitted_calls set due_at = now() where tenant_id = $1`);
    await scene.sweep();
    await scene.work();
    expect(scene.upstream.seen[0]?.body).toContain(canary);
    const rows = await scene.sql<{ arguments: unknown }>(
      'select arguments from submitted_calls where tenant_id = $1',
    );
    expect(rows).toEqual([{ arguments: null }]);
  });
});

describe('another tenant', () => {
  it('finds a submitted call as little as one that does not exist', async () => {
    await using scene = await aScene(replicas);
    await using stranger = await aScene(replicas);
    const { id } = await scene.submit('getThing', { id: '1' });
    const nobody = '00000000-0000-4000-8000-00000000000a';
    expect(await stranger.find(id)).toBeNull();
    expect(await stranger.find(nobody)).toBeNull();
    expect(await stranger.find('no-uuid')).toBeNull();
    await scene.work();
    expect(await stranger.find(id)).toBeNull();
    expect(await scene.find(id.toUpperCase())).toMatchObject({ state: 'DONE' });
  });

  it('runs nothing of it by an entry that names it under its own tenant', async () => {
    await using scene = await aScene(replicas);
    const { id } = await scene.submit('getThing', { id: '1' });
    await replicas.other.ports.messaging.requests.append({
      ...{ submitted_call: id, tenant: 'somebody' },
    });
    expect(await scene.work(replicas.other)).toBe(1);
    expect(await scene.find(id)).toMatchObject({ state: 'QUEUED' });
    await scene.work();
  });
});

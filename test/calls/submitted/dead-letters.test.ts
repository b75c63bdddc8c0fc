import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../../../src/app.js';
import { openPolicy } from '../../../src/transports/worker/policy.js';
import { createSubmittedSource } from '../../../src/transports/worker/submitted-source.js';
import { aScene, openReplicas, readEntries } from './scene.js';

type Replicas = Awaited<ReturnType<typeof openReplicas>>;
type Scene = Awaited<ReturnType<typeof aScene>>;
let replicas: Replicas;
beforeAll(async () => {
  replicas = await openReplicas();
});
afterAll(() => replicas[Symbol.asyncDispose]());

/** What a worker does with an entry whose every attempt failed. */
async function giveUp(app: App): Promise<void> {
  const source = createSubmittedSource({
    submitted: app.submitted,
    policy: { current: () => openPolicy },
  });
  for (const entry of await readEntries(app)) {
    const settlement = await source.giveUp(entry, { kind: 'rejected', code: 'RETRIES_EXHAUSTED' });
    await app.ports.messaging.requests.settle(entry, settlement);
  }
}

type Letter = { id: string; reason: string; error: string; callId: string | null };

async function letters({ caller }: Pick<Scene, 'caller'>, args = ''): Promise<Letter[]> {
  const { data, errors } = await caller.ask(
    `{ deadLetters${args} { id reason error attempt callId traceId at } }`,
  );
  if (errors) throw new Error(JSON.stringify(errors));
  return data.deadLetters;
}

function replay({ caller }: Pick<Scene, 'caller'>, id: string) {
  const mutation = 'mutation ($id: ID!) { replayDeadLetter(id: $id) { id callId } }';
  return caller.ask(mutation, { id });
}

describe('a submitted call that no worker could begin', () => {
  it('has a result that says so, and a dead letter by which it runs after all', async () => {
    await using scene = await aScene(replicas);
    const { id } = await scene.submit('makeThing', { name: 'ball' }, { idempotency_key: 'k' });
    await giveUp(replicas.one);
    expect(await scene.find(id)).toMatchObject({
      state: 'DONE',
      result: { outcome: 'FAILED', callId: id, error: { code: 'RETRIES_EXHAUSTED' } },
    });
    const [letter, ...others] = await letters(scene);
    expect(others).toEqual([]);
    expect(letter).toMatchObject({ reason: 'RETRIES_EXHAUSTED', callId: id, attempt: 1 });
    expect(await replay(scene, letter?.id ?? '')).toEqual({
      data: { replayDeadLetter: { id: letter?.id, callId: id } },
    });
    expect(await scene.find(id)).toMatchObject({ state: 'QUEUED', result: null, finishedAt: null });
    expect(await letters(scene)).toEqual([]);
    expect(await scene.work()).toBe(1);
    expect(await scene.find(id)).toMatchObject({ state: 'DONE', result: { outcome: 'OK' } });
    expect(scene.upstream.seen).toHaveLength(1);
  });

  it('is replayed once, however many ask at once', async () => {
    await using scene = await aScene(replicas);
    await scene.submit('makeThing', { name: 'ball' });
    await giveUp(replicas.one);
    const [letter] = await letters(scene);
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => replay(scene, letter?.id ?? '')),
    );
    const refused = answers.flatMap(({ errors }) => errors?.[0]?.extensions.code ?? []);
    expect(refused).toHaveLength(4);
    for (const code of refused) expect(['CONFLICT', 'NOT_FOUND']).toContain(code);
    expect(await scene.work()).toBe(1);
    expect(scene.upstream.seen).toHaveLength(1);
  });

  it('stays as it is when the log is full', async () => {
    await using small = await openReplicas({ WORKER_MAX_LAG: '1' });
    await using scene = await aScene(small);
    const { id } = await scene.submit('makeThing', { name: 'ball' });
    await giveUp(small.one);
    const before = await scene.find(id);
    await scene.submit('makeThing', { name: 'another' });
    const [letter] = await letters(scene);
    const { errors } = await replay(scene, letter?.id ?? '');
    expect(errors[0].extensions.code).toBe('LIMIT_EXCEEDED');
    expect(await scene.find(id)).toMatchObject({ state: 'DONE', result: before?.result });
    expect(await letters(scene)).toHaveLength(1);
    await scene.work();
    expect(await replay(scene, letter?.id ?? '')).toHaveProperty(
      'data.replayDeadLetter.callId',
      id,
    );
    await scene.work();
    expect(await scene.find(id)).toMatchObject({ result: { outcome: 'OK' } });
  });

  it('cannot be replayed when it is gone', async () => {
    await using scene = await aScene(replicas);
    await scene.submit('makeThing', { name: 'ball' });
    await giveUp(replicas.one);
    await scene.sql('delete from submitted_calls where tenant_id = $1');
    const [letter] = await letters(scene);
    const { errors } = await replay(scene, letter?.id ?? '');
    expect(errors[0]).toMatchObject({
      message: expect.stringMatching(/cannot run again/),
      extensions: { code: 'CONFLICT' },
    });
  });

  it('says what is missing when its arguments do not open', async () => {
    await using scene = await aScene(replicas);
    const { id } = await scene.submit('makeThing', { name: 'ball' });
    const [row] = await scene.sql<{ arguments: string }>(
      `update submitted_calls set arguments = to_jsonb('gAAAAABnoken'::text) where tenant_id = $1 returning arguments`,
    );
    expect(row).toBeDefined();
    await scene.work();
    expect((await scene.find(id))?.result).toMatchObject({
      ...{ outcome: 'FAILED' },
      error: { code: 'NOT_CONFIGURED', message: expect.stringMatching(/CREDENTIAL_SECRET/) },
    });
    expect(await letters(scene)).toMatchObject([{ reason: 'UNANSWERABLE', callId: id }]);
  });
});

it('lists the dead letters of a tenant alone, in parts, and replays no others', async () => {
  await using scene = await aScene(replicas);
  await using stranger = await aScene(replicas);
  const ids: string[] = [];
  for (let index = 0; index < 5; index += 1) {
    ids.unshift((await scene.submit('getThing', { id: String(index) })).id);
    await stranger.submit('getThing', { id: String(index) });
  }
  await giveUp(replicas.one);
  const all = await letters(scene);
  expect(all.map(({ callId }) => callId)).toEqual(ids);
  const first = await letters(scene, '(first: 2)');
  expect(first).toEqual(all.slice(0, 2));
  expect(await letters(scene, `(first: 10, after: "${first[1]?.id}")`)).toEqual(all.slice(2));
  const foreign = await replay(stranger, all[0]?.id ?? '');
  const unknown = await replay(stranger, '1-0');
  expect(foreign.errors[0].extensions.code).toBe('NOT_FOUND');
  expect(JSON.stringify(foreign).replaceAll(all[0]?.id ?? '', '1-0')).toBe(JSON.stringify(unknown));
  expect(await letters(scene)).toHaveLength(5);
  const nonsense = await replay(scene, 'no id; drop');
  expect(nonsense.errors[0].extensions.code).toBe('BAD_USER_INPUT');
});

it('tells no tenant of a letter of which nobody knows whose it is', async () => {
  await using scene = await aScene(replicas);
  const { requests } = replicas.one.ports.messaging;
  // Whoever can write to the stream can write any tenant.
  await requests.append({
    ...{ submitted_call: '00000000-0000-4000-8000-00000000000a', tenant: scene.tenant },
  });
  await giveUp(replicas.one);
  expect((await requests.listDeadLetters({ first: 1, after: null }))[0]?.tenant).toBeNull();
  expect(await letters(scene)).toEqual([]);
});

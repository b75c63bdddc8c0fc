import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSubmittedSweeper } from '../../../src/calls/submitted/sweep-submitted-calls.js';
import { aScene, openReplicas, readEntries } from './scene.js';

type Replicas = Awaited<ReturnType<typeof openReplicas>>;
let replicas: Replicas;
beforeAll(async () => {
  replicas = await openReplicas();
});
afterAll(() => replicas[Symbol.asyncDispose]());

it('finishes calls whose deadline passes while they wait, and they never run', async () => {
  await using scene = await aScene(replicas);
  const deadline = new Date(Date.now() + 60_000).toISOString();
  const { id } = await scene.submit('makeThing', { name: 'late' }, { deadline });
  const { id: other } = await scene.submit('makeThing', { name: 'in time' });
  const [row] = await scene.sql<{ at: string }>(
    `update submitted_calls set deadline_at = now() where tenant_id = $1 and id = $2::uuid
     returning (extract(epoch from deadline_at) * 1000)::bigint as at`,
    [id],
  );
  expect(row).toBeDefined();
  await scene.sweep();
  expect(await scene.find(id)).toMatchObject({
    ...{ state: 'DONE', startedAt: null },
    result: { outcome: 'TIMEOUT', callId: id, error: { code: 'DEADLINE_EXCEEDED' } },
  });
  expect(await scene.find(other)).toMatchObject({ state: 'QUEUED' });
  await scene.work();
  expect(scene.upstream.seen.map(({ body }) => body)).toEqual(['{"name":"in time"}']);
});

it('does not end a call at its deadline that a worker has begun', async () => {
  await using scene = await aScene(replicas);
  const { id } = await scene.submit('makeThing', { name: 'x' });
  await scene.sql(
    `update submitted_calls set state = 'RUNNING', started_at = now(), deadline_at = now() where tenant_id = $1`,
  );
  await scene.sweep();
  expect(await scene.find(id)).toMatchObject({ state: 'RUNNING', result: null });
  await scene.work();
});

it('gives a log that lost them the calls again, each time later', async () => {
  await using scene = await aScene(replicas);
  const { id } = await scene.submit('getThing', { id: '1' });
  expect(await readEntries(replicas.one)).toHaveLength(1);
  await scene.sweep();
  expect(await readEntries(replicas.one)).toHaveLength(0);
  const dueIn = async () => {
    const rows = await scene.sql<{ seconds: number }>(
      `select round(extract(epoch from due_at - now()))::int as seconds from submitted_calls where tenant_id = $1`,
    );
    return rows[0]?.seconds;
  };
  const makeDue = () => scene.sql('update submitted_calls set due_at = now() where tenant_id = $1');
  const pauses: (number | undefined)[] = [];
  for (let turn = 0; turn < 4; turn += 1) {
    await makeDue();
    // Both sweep at once: one of them gives it to its log.
    await Promise.all([scene.sweep(replicas.one), scene.sweep(replicas.other)]);
    const found = [...(await readEntries(replicas.one)), ...(await readEntries(replicas.other))];
    expect(found).toHaveLength(1);
    pauses.push(await dueIn());
  }
  expect(pauses).toEqual([30, 60, 120, 240]);
  await makeDue();
  await scene.sweep(replicas.other);
  await scene.work(replicas.other);
  expect(await scene.find(id)).toMatchObject({ state: 'DONE' });
});

it('leaves what a full log does not take to the next sweep', async () => {
  await using small = await openReplicas({ WORKER_MAX_LAG: '3' });
  await using scene = await aScene(small);
  const submitted = [];
  for (let index = 0; index < 6; index += 1) {
    submitted.push(await scene.submit('getThing', { id: String(index) }));
    await readEntries(small.one);
  }
  const due = () => scene.sql('update submitted_calls set due_at = now() where tenant_id = $1');
  await due();
  await scene.sweep();
  expect(await scene.work()).toBe(3);
  await due();
  await scene.sweep();
  expect(await scene.work()).toBe(3);
  for (const { id } of submitted) expect(await scene.find(id)).toMatchObject({ state: 'DONE' });
  expect(scene.upstream.seen).toHaveLength(6);
});

it('begins anew with all that waited when its only log is gone with a process', async () => {
  await using scene = await aScene(replicas);
  const { id } = await scene.submit('getThing', { id: '1' });
  await readEntries(replicas.one);
  await using _sweeper = await startSubmittedSweeper({
    ...replicas.one.submitted,
    hasLostLog: true,
  });
  await scene.work();
  expect(await scene.find(id)).toMatchObject({ state: 'DONE' });
});

it('deletes finished calls past their time, and keeps those that wait', async () => {
  await using scene = await aScene(replicas);
  const { id: old } = await scene.submit('getThing', { id: 'old' });
  const { id: young } = await scene.submit('getThing', { id: 'young' });
  await scene.work();
  const { id: waiting } = await scene.submit('getThing', { id: 'waiting' });
  const age = (id: string, days: number) =>
    scene.sql(
      `update submitted_calls set finished_at = finished_at - $3::interval, submitted_at = submitted_at - $3::interval
       where tenant_id = $1 and id = $2::uuid`,
      [id, `${days} days`],
    );
  await age(old, 31);
  await age(young, 29);
  await age(waiting, 40);
  const { submitted } = replicas.one;
  await scene.sweep();
  expect(await scene.find(old)).toBeNull();
  expect(await scene.find(young)).toMatchObject({ state: 'DONE' });
  expect(await scene.find(waiting)).toMatchObject({ state: 'QUEUED' });
  expect(submitted.settings.retentionDays).toBe(30);
  await scene.work();
});

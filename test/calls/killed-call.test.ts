import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { createDatabase } from '../support/postgres.js';
import { type ServerProcess, startServer } from '../support/server-process.js';
import { startUpstream } from '../support/upstream.js';
import { aThingsDocument } from './callers.js';

const leaseMs = 2000;
/** By when a call that runs is known to the database, on a busy machine. */
const notedWithinMs = 1000;
const headers = { 'x-tenantId': 'acme', 'x-appId': 'shop', 'content-type': 'application/json' };

async function anEnvironment(stack: AsyncDisposableStack): Promise<Record<string, string>> {
  const env = {
    CREDENTIAL_SECRET: 'cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=',
    EGRESS_ALLOW: '127.0.0.1',
    CALL_LEASE_MS: String(leaseMs),
  };
  const server = inject('postgresUrl');
  if (server) return { ...env, DATABASE_URL: await createDatabase(server) };
  const dir = await mkdtemp(join(tmpdir(), 'toolgraph-killed-call-'));
  stack.defer(() => rm(dir, { recursive: true, force: true }));
  return { ...env, DATA_DIR: dir };
}

type Answer = { status: number; body: Record<string, unknown> };

async function post(server: ServerProcess, path: string, body: object): Promise<Answer> {
  const answer = await fetch(`${server.url}/tools${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as Answer['body'] };
}

/** The document, all of it assigned to `atlas`. */
async function fillCatalog(server: ServerProcess, origin: string): Promise<void> {
  const synced = await post(server, '/sync-swagger', {
    swagger_json: aThingsDocument(origin),
  });
  const listed = await fetch(`${server.url}/tools/api/endpoints`, {
    headers: { ...headers, 'x-apiId': String(synced.body.api_id) },
  });
  const endpoints = (await listed.json()) as { id: string }[];
  await post(server, '/agents/atlas/tools', { endpoint_ids: endpoints.map(({ id }) => id) });
}

function call(server: ServerProcess, name: string, key?: string) {
  return post(server, `/agents/atlas/tools/${name}/call`, {
    arguments: name === 'makeSlowly' ? { name: 'ball' } : {},
    ...(key ? { idempotency_key: key } : {}),
  });
}

type Recorded = { id: string; toolName: string; outcome: string; idempotencyKey: string | null };

async function records({ url }: ServerProcess): Promise<Recorded[]> {
  const query = '{ calls(first: 1000) { nodes { id toolName outcome idempotencyKey } } }';
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ query }),
  });
  return ((await answer.json()) as { data: { calls: { nodes: Recorded[] } } }).data.calls.nodes;
}

/** How often which tool came to what. */
function tally(recorded: Recorded[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { toolName, outcome } of recorded) {
    const name = `${toolName} ${outcome}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** The record of a call that died appears when its lease is over; on an embedded database at once. */
async function untilRecorded(server: ServerProcess, count: number): Promise<Recorded[]> {
  for (;;) {
    const found = await records(server);
    if (found.length >= count) return found;
    await new Promise((done) => setTimeout(done, 100));
  }
}

it('leaves one record with one outcome of each call that kill -9 hits, and runs safe ones again', async () => {
  await using stack = new AsyncDisposableStack();
  const env = await anEnvironment(stack);
  await using upstream = await startUpstream();
  {
    await using server = await startServer(env);
    await fillCatalog(server, upstream.origin);
    const lost = [
      call(server, 'makeSlowly', 'unsafe'),
      call(server, 'readSlowly', 'safe'),
      call(server, 'makeSlowly'),
      ...Array.from({ length: 31 }, () => call(server, 'readSlowly')),
    ].map((one) => one.catch(() => null));
    await upstream.came(lost.length);
    await new Promise((done) => setTimeout(done, notedWithinMs));
    await server.end('SIGKILL');
    expect(new Set(await Promise.all(lost))).toEqual(new Set([null]));
  }
  await using server = await startServer(env);
  const died = await untilRecorded(server, 34);
  expect(tally(died)).toEqual({ 'makeSlowly INDETERMINATE': 2, 'readSlowly FAILED': 32 });
  const keyed = died.find(({ idempotencyKey }) => idempotencyKey === 'unsafe');

  const replay = await call(server, 'makeSlowly', 'unsafe');
  expect(replay.body).toMatchObject({
    call_id: keyed?.id,
    outcome: 'INDETERMINATE',
    replayed: true,
  });
  expect(upstream.seen).toHaveLength(34);
  upstream.release();
  const again = await call(server, 'readSlowly', 'safe');
  expect(again.body).toMatchObject({ outcome: 'OK', replayed: false });
  expect(upstream.seen).toHaveLength(35);

  await new Promise((done) => setTimeout(done, leaseMs * 1.5));
  expect(tally(await records(server))).toEqual({
    'makeSlowly INDETERMINATE': 2,
    'readSlowly FAILED': 32,
    'readSlowly OK': 1,
  });
  expect(await server.end('SIGTERM')).toBe(0);
}, 120_000);

it.skipIf(!inject('postgresUrl'))(
  'leaves the calls of a killed replica to another, which records each once',
  async () => {
    await using stack = new AsyncDisposableStack();
    const env = await anEnvironment(stack);
    await using upstream = await startUpstream();
    await using survivor = await startServer(env);
    await using other = await startServer(env);
    const victim = await startServer(env);
    await fillCatalog(victim, upstream.origin);
    const lost = Array.from({ length: 40 }, (_, index) =>
      call(victim, index % 2 ? 'makeSlowly' : 'readSlowly', index < 4 ? `k${index}` : undefined),
    ).map((one) => one.catch(() => null));
    const kept = call(survivor, 'readSlowly');
    await upstream.came(41);
    await new Promise((done) => setTimeout(done, notedWithinMs));
    await victim.end('SIGKILL');
    await Promise.all(lost);
    const died = { 'makeSlowly INDETERMINATE': 20, 'readSlowly FAILED': 20 };
    expect(tally(await untilRecorded(survivor, 40))).toEqual(died);
    expect(await records(other)).toHaveLength(40);
    upstream.release();
    expect((await kept).body).toMatchObject({ outcome: 'OK' });
    await new Promise((done) => setTimeout(done, leaseMs * 1.5));
    expect(tally(await records(other))).toEqual({ ...died, 'readSlowly OK': 1 });
  },
  120_000,
);

it('finishes calls that run, and writes their records, when it is told to stop', async () => {
  await using stack = new AsyncDisposableStack();
  const env = await anEnvironment(stack);
  await using upstream = await startUpstream();
  {
    await using server = await startServer(env);
    await fillCatalog(server, upstream.origin);
    const running = [call(server, 'makeSlowly'), call(server, 'readSlowly')];
    await upstream.came(2);
    const ended = server.end('SIGTERM');
    upstream.release();
    const answers = await Promise.all(running);
    expect(answers.map(({ body }) => body.outcome)).toEqual(['OK', 'OK']);
    expect(await ended).toBe(0);
  }
  await using server = await startServer(env);
  const all = await records(server);
  expect(all.map(({ outcome }) => outcome)).toEqual(['OK', 'OK']);
}, 120_000);

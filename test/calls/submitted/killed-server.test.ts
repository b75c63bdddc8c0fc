import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { createDatabase } from '../../support/postgres.js';
import { type ServerProcess, startServer } from '../../support/server-process.js';
import { startUpstream } from '../../support/upstream.js';
import { aThingsDocument } from '../callers.js';

/** What becomes of submitted calls whose server is killed, on the database alone. */

const headers = { 'x-tenantId': 'acme', 'x-appId': 'shop', 'content-type': 'application/json' };

async function anEnvironment(stack: AsyncDisposableStack): Promise<Record<string, string>> {
  const env = {
    CREDENTIAL_SECRET: 'cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=',
    EGRESS_ALLOW: '127.0.0.1',
    CALL_LEASE_MS: '2000',
    WORKER_LEASE_MS: '2000',
  };
  const server = inject('postgresUrl');
  if (server) return { ...env, DATABASE_URL: await createDatabase(server) };
  const dir = await mkdtemp(join(tmpdir(), 'toolgraph-killed-server-'));
  stack.defer(() => rm(dir, { recursive: true, force: true }));
  return { ...env, DATA_DIR: dir };
}

async function post({ url }: ServerProcess, path: string, body: object) {
  const answer = await fetch(`${url}/tools${path}`, {
    ...{ method: 'POST', headers },
    body: JSON.stringify(body),
  });
  return (await answer.json()) as Record<string, unknown>;
}

/** The document, all of it assigned to `atlas`. */
async function fillCatalog(server: ServerProcess, origin: string): Promise<void> {
  const synced = await post(server, '/sync-swagger', { swagger_json: aThingsDocument(origin) });
  const listed = await fetch(`${server.url}/tools/api/endpoints`, {
    headers: { ...headers, 'x-apiId': String(synced.api_id) },
  });
  const endpoints = (await listed.json()) as { id: string }[];
  await post(server, '/agents/atlas/tools', { endpoint_ids: endpoints.map(({ id }) => id) });
}

async function submit(server: ServerProcess, name: string, args: object): Promise<string> {
  const { id, state } = await post(server, `/agents/atlas/tools/${name}/submit`, {
    arguments: args,
  });
  expect(['QUEUED', 'RUNNING', 'DONE']).toContain(state);
  return String(id);
}

type Found = { state: string; result: { outcome: string; error: { code: string } | null } | null };

async function find({ url }: ServerProcess, id: string): Promise<Found> {
  return (await (await fetch(`${url}/tools/calls/${id}`, { headers })).json()) as Found;
}

async function untilState(server: ServerProcess, id: string, state: string): Promise<Found> {
  for (let look = 0; ; look += 1) {
    const found = await find(server, id);
    if (found.state === state) return found;
    if (look === 600) throw new Error(`${JSON.stringify(found)}\n${server.output()}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

const outcomeOf = async (server: ServerProcess, id: string) =>
  (await untilState(server, id, 'DONE')).result?.outcome;

it('ends every call after kill -9: what waited runs, what can be run again does, the rest is INDETERMINATE', async () => {
  await using stack = new AsyncDisposableStack();
  const env = {
    ...(await anEnvironment(stack)),
    WORKER_CONCURRENCY: '2',
    WORKER_TENANT_CONCURRENCY: '2',
  };
  await using upstream = await startUpstream();
  const calls = { safe: '', unsafe: '', waiting: [] as string[] };
  {
    await using server = await startServer(env);
    await fillCatalog(server, upstream.origin);
    calls.safe = await submit(server, 'readSlowly', {});
    calls.unsafe = await submit(server, 'makeSlowly', { name: 'ball' });
    await upstream.came(2);
    for (let index = 0; index < 5; index += 1) {
      calls.waiting.push(await submit(server, 'makeThing', { name: `thing ${index}` }));
    }
    expect(await untilState(server, calls.safe, 'RUNNING')).toMatchObject({ result: null });
    expect(await find(server, calls.waiting[4] ?? '')).toMatchObject({ state: 'QUEUED' });
    await server.end('SIGKILL');
  }
  upstream.release();
  await using server = await startServer(env);
  expect(await outcomeOf(server, calls.unsafe)).toBe('INDETERMINATE');
  expect(await outcomeOf(server, calls.safe)).toBe('OK');
  for (const id of calls.waiting) expect(await outcomeOf(server, id)).toBe('OK');
  const sent = upstream.seen.map(({ method, url, body }) => `${method} ${url} ${body}`).sort();
  const things = calls.waiting.map((_, index) => `POST /things {"name":"thing ${index}"}`);
  const held = ['GET /held ', 'GET /held ', 'POST /held {"name":"ball"}'];
  expect(sent).toEqual([...held, ...things].sort());
  expect(await server.end('SIGTERM')).toBe(0);
}, 120_000);

it('runs what waited when a server was told to stop, after the next start', async () => {
  await using stack = new AsyncDisposableStack();
  const env = await anEnvironment(stack);
  await using upstream = await startUpstream();
  const ids: string[] = [];
  {
    await using server = await startServer({ ...env, WORKER: 'off' });
    await fillCatalog(server, upstream.origin);
    for (let index = 0; index < 20; index += 1) {
      ids.push(await submit(server, 'makeThing', { name: `thing ${index}` }));
    }
    expect(await server.end('SIGTERM')).toBe(0);
  }
  expect(upstream.seen).toHaveLength(0);
  await using server = await startServer(env);
  for (const id of ids) expect(await outcomeOf(server, id)).toBe('OK');
  expect(upstream.seen).toHaveLength(20);
}, 120_000);

it.skipIf(!inject('postgresUrl'))(
  'leaves the calls of a killed replica to another one, without Redis, each run once',
  async () => {
    await using stack = new AsyncDisposableStack();
    const env = {
      ...(await anEnvironment(stack)),
      WORKER_CONCURRENCY: '4',
      WORKER_TENANT_CONCURRENCY: '4',
    };
    await using upstream = await startUpstream();
    await using survivor = await startServer(env);
    const victim = await startServer(env);
    await fillCatalog(victim, upstream.origin);
    const held = await Promise.all([
      submit(victim, 'makeSlowly', { name: 'unsafe' }),
      submit(victim, 'readSlowly', {}),
      submit(victim, 'readSlowly', {}),
      submit(victim, 'readSlowly', {}),
    ]);
    await upstream.came(4);
    const waiting = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        submit(victim, 'makeThing', { name: `thing ${index}` }),
      ),
    );
    await victim.end('SIGKILL');
    upstream.release();
    const own = await submit(survivor, 'makeThing', { name: 'own' });
    const outcomes = await Promise.all(held.map((id) => outcomeOf(survivor, id)));
    expect(outcomes).toEqual(['INDETERMINATE', 'OK', 'OK', 'OK']);
    for (const id of [own, ...waiting]) expect(await outcomeOf(survivor, id)).toBe('OK');
    const made = upstream.seen.filter(({ method }) => method === 'POST').map(({ body }) => body);
    expect(made).toHaveLength(new Set(made).size);
    expect(made).toHaveLength(32);
  },
  120_000,
);

import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { openStorage } from '../../../src/storage/open-storage.js';
import { query } from '../../../src/storage/sql.js';
import { createDatabase, createTemplate, startPostgres } from '../../support/postgres.js';
import { aTestApp } from '../../support/test-app.js';
import { startUpstream, type Upstream } from '../../support/upstream.js';
import { openEvents } from './event-reader.js';
import { caller, givePets, type McpApp, serve } from './mcp-app.js';

const stack = new AsyncDisposableStack();
afterAll(() => stack.disposeAsync());
type Replica = Omit<McpApp, 'upstream'>;
let url = '';
let upstream: Upstream;
let one: Replica;
let other: Replica;
let ids: Record<string, string>;

beforeAll(async () => {
  let server = inject('postgresUrl');
  if (!server) {
    server = stack.use(await startPostgres()).url;
    await createTemplate(server);
  }
  url = await createDatabase(server);
  upstream = stack.use(await startUpstream());
  one = await aReplica();
  other = await aReplica();
  ids = await givePets(one.app, upstream.origin);
  await listeners(4);
});

async function aReplica(): Promise<Replica> {
  const storage = stack.use(await openStorage({ driver: 'postgres', url }));
  const env = { EGRESS_ALLOW: '127.0.0.1', LIVE_PING_MS: '100' };
  const replica = await serve(stack.use(await aTestApp({ env, ports: { storage } })));
  return replica;
}

/** Waits until so many connections listen. */
async function listeners(count: number): Promise<void> {
  for (;;) {
    const [row] = await query<{ count: number }>(
      one.app.ports.storage.fork(),
      `select count(*)::int as count from pg_stat_activity where datname = current_database()
       and state = 'idle' and application_name = 'toolgraph listener' and query like 'listen %'`,
    );
    if ((row?.count ?? 0) >= count) return;
  }
}

const stream = { ...caller, accept: 'text/event-stream' };
const listChanged = { jsonrpc: '2.0', method: 'notifications/tools/list_changed' };
let renamed = 0;

async function change(replica: Replica): Promise<void> {
  renamed += 1;
  await replica.app.server.inject({
    ...{ method: 'PATCH', url: `/tools/api/endpoints/${ids.putPet}`, headers: caller },
    payload: { name: `renamed_${renamed}` },
  });
}

function callHeld(replica: Replica, session: Record<string, string>, id: number) {
  return openEvents(replica.url(), {
    method: 'POST',
    headers: {
      ...caller,
      ...session,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'heldPet' } }),
  });
}

it('a session that began on one replica is served by the other, until it ends on either', async () => {
  const headers = await one.begin();
  expect((await other.rpc('tools/list', {}, { headers })).body.result.tools).toHaveLength(11);
  expect((await one.rpc('ping', {}, { headers })).status).toBe(200);
  await one.send('', { method: 'DELETE', headers });
  while ((await other.rpc('ping', {}, { headers })).status === 200);
  expect((await other.rpc('ping', {}, { headers })).status).toBe(404);
});

it('a client that is connected to one replica hears of a change that was made on the other', async () => {
  const headers = { ...stream, ...(await one.begin()) };
  await using events = await openEvents(other.url(), { headers });
  await events.next();
  await change(one);
  expect(await events.message()).toEqual(listChanged);
  const names = (await other.rpc('tools/list')).body.result.tools.map(
    ({ name }: { name: string }) => name,
  );
  expect(names).toContain(`renamed_${renamed}`);
});

it('a client that loses its replica hears from the other what it missed', async () => {
  const headers = { ...stream, ...(await one.begin()) };
  const lost = await openEvents(one.url(), { headers });
  const { id = '' } = (await lost.next()) ?? {};
  await lost[Symbol.asyncDispose]();
  await change(one);
  await using found = await openEvents(other.url(), {
    headers: { ...headers, 'last-event-id': id },
  });
  expect(await found.message()).toEqual(listChanged);
});

it('a call is given up by a notification to the other replica', async () => {
  const session = await one.begin();
  await using call = await callHeld(one, session, 3);
  await call.next();
  const params = { requestId: 3, reason: 'enough' };
  const body = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params });
  expect((await other.send(body, { headers: session })).status).toBe(202);
  await upstream.gone;
  expect(await call.next()).toBeNull();
});

it('a call goes on when its connection is lost, and its answer is had from the other replica', async () => {
  const session = await one.begin();
  const lost = await callHeld(one, session, 7);
  const { id = '' } = (await lost.next()) ?? {};
  expect(id).toMatch(/^c-\d+$/);
  await lost[Symbol.asyncDispose]();
  await using found = await openEvents(other.url(), {
    headers: { ...stream, ...session, 'last-event-id': id },
  });
  expect(found.status).toBe(200);
  upstream.release();
  expect(await found.message()).toMatchObject({ id: 7, result: { content: [{ type: 'text' }] } });
  expect(await found.next()).toBeNull();
  await using again = await openEvents(one.url(), {
    headers: { ...stream, ...session, 'last-event-id': id },
  });
  expect(await again.message()).toMatchObject({ id: 7 });
});

it("another session's events are not told", async () => {
  const session = await one.begin();
  await using call = await callHeld(one, session, 8);
  const text = await call.next();
  const stranger = await one.begin();
  const id = text?.id ?? 'c-1';
  const refused = await other.send('', {
    method: 'GET',
    headers: { ...stranger, accept: 'text/event-stream', 'last-event-id': id },
  });
  expect(refused.status).toBe(400);
});

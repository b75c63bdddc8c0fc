import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../../src/app.js';
import { sweepCalls } from '../../src/calls/sweep-calls.js';
import { generateFernetKey } from '../../src/credentials/fernet.js';
import { query } from '../../src/storage/sql.js';
import { aTestApp } from '../support/test-app.js';
import { startUpstream } from '../support/upstream.js';
import { aCaller, aThingsDocument, made } from './callers.js';

const env = {
  EGRESS_ALLOW: '127.0.0.1',
  CREDENTIAL_SECRET: generateFernetKey(),
  // A replica judges others when it has had the database for about as long.
  CALL_LEASE_MS: '1000',
};
let one: App;
/** Another replica: the same database, nothing else in common. */
let other: App;
let tenants = 0;

beforeAll(async () => {
  one = await aTestApp({ env });
  other = await aTestApp({ env, ports: { storage: one.ports.storage } });
});
afterAll(async () => {
  await other[Symbol.asyncDispose]();
  await one[Symbol.asyncDispose]();
});

/** A tenant and an upstream of their own. */
async function aScene() {
  tenants += 1;
  const tenant = `tenant-${tenants}`;
  const upstream = await startUpstream();
  const caller = aCaller(one, tenant);
  const { ids } = await caller.sync(aThingsDocument(upstream.origin));
  await caller.assign('atlas', Object.values(ids));
  const sql = <Row>(text: string, params: unknown[] = []) =>
    query<Row>(one.ports.storage.fork(), text, [tenant, ...params]);
  /** As if the process that runs the tenant's calls had died long ago. */
  const kill = () =>
    sql(`update call_journal set lease_until = now() - interval '1 hour', owner = gen_random_uuid()
         where tenant_id = $1 and result is null`);
  const isRunning = () => sql('select 1 from call_journal where tenant_id = $1 and result is null');
  /** By the replica that did not make the calls. */
  const sweep = async () => {
    do await sweepCalls({ ...other.calls, fork: () => other.ports.storage.fork() });
    while ((await isRunning()).length > 0);
  };
  return {
    ...{ tenant, upstream, caller, replica: aCaller(other, tenant), ids, sql, kill, sweep },
    [Symbol.asyncDispose]: () => upstream[Symbol.asyncDispose](),
  };
}

describe('calls with the same idempotency key', () => {
  it('are made once, and each gets the answer', async () => {
    await using scene = await aScene();
    const { caller, upstream } = scene;
    const first = made(await caller.call('makeThing', { name: 'ball' }, { key: 'k' }));
    const second = made(await caller.call('makeThing', { name: 'ball' }, { key: 'k' }));
    expect(upstream.seen).toHaveLength(1);
    expect(first.replayed).toBe(false);
    expect(second).toEqual({ ...first, replayed: true });
    expect(await caller.calls()).toMatchObject({
      totalCount: 1,
      nodes: [{ id: first.callId, idempotencyKey: 'k' }],
    });
  });

  it.each(['readSlowly', 'makeSlowly'])('join the one that runs: %s', async (name) => {
    await using scene = await aScene();
    const { caller, replica, upstream } = scene;
    const asked = Array.from({ length: 6 }, (_, index) =>
      (index % 2 ? replica : caller).call(name, name === 'makeSlowly' ? { name: 'n' } : {}, {
        key: 'k',
      }),
    );
    await upstream.came(1);
    upstream.release();
    const answers = (await Promise.all(asked)).map(made);
    expect(upstream.seen).toHaveLength(1);
    expect(new Set(answers.map(({ callId }) => callId)).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(answers.every(({ outcome }) => outcome === 'OK')).toBe(true);
    expect((await caller.calls()).totalCount).toBe(1);
  });

  it('are refused with other arguments, while it runs and after, in every process', async () => {
    await using scene = await aScene();
    const { caller, replica, upstream } = scene;
    const running = caller.call('makeSlowly', { name: 'n' }, { key: 'k' });
    await upstream.came(1);
    const refused = { status: 409, refused: expect.stringContaining('other arguments') };
    expect(await caller.call('makeSlowly', { name: 'm' }, { key: 'k' })).toEqual(refused);
    expect(await replica.call('makeSlowly', { name: 'm' }, { key: 'k' })).toEqual(refused);
    upstream.release();
    await running;
    expect(await caller.call('makeSlowly', { name: 'm' }, { key: 'k' })).toEqual(refused);
    expect(await replica.call('makeSlowly', { name: 'm' }, { key: 'k' })).toEqual(refused);
    expect(upstream.seen).toHaveLength(1);
  });

  it('have the same arguments in any order of keys', async () => {
    await using scene = await aScene();
    const { caller, upstream } = scene;
    await caller.call('makeThing', { name: 'n', password: 'p' }, { key: 'k' });
    const again = await caller.call('makeThing', { password: 'p', name: 'n' }, { key: 'k' });
    expect(made(again).replayed).toBe(true);
    expect(upstream.seen).toHaveLength(1);
  });

  it('are different calls of another agent or tool', async () => {
    await using scene = await aScene();
    const { caller, ids, upstream } = scene;
    await caller.assign('herald', Object.values(ids));
    await caller.call('getThing', { id: '1' }, { key: 'k' });
    const others = [
      await caller.call('getThing', { id: '1' }, { key: 'k', agent: 'herald' }),
      await caller.call('makeThing', { name: 'n' }, { key: 'k' }),
      await caller.call('getThing', { id: '1' }, { key: 'other' }),
      await caller.call('getThing', { id: '1' }),
    ];
    expect(others.map((answer) => made(answer).replayed)).toEqual([false, false, false, false]);
    expect(upstream.seen).toHaveLength(5);
  });

  it('replay a failure too', async () => {
    await using scene = await aScene();
    const { caller, upstream } = scene;
    await caller.call('getNothing', {}, { key: 'k' });
    const again = made(await caller.call('getNothing', {}, { key: 'k' }));
    expect(again).toMatchObject({ outcome: 'FAILED', status: 404, replayed: true });
    expect(upstream.seen).toHaveLength(1);
  });

  it('replay what the tool would not take any more', async () => {
    await using scene = await aScene();
    const { caller, upstream } = scene;
    const first = made(await caller.call('makeThing', { name: 'n' }, { key: 'k' }));
    const document = aThingsDocument(upstream.origin);
    const schema = { type: 'object', required: ['size'], properties: { size: {} } };
    document.paths['/things'].post.requestBody.content['application/json'].schema = schema as never;
    await caller.sync(document, { strategy: 'force' });
    const again = made(await caller.call('makeThing', { name: 'n' }, { key: 'k' }));
    expect(again).toEqual({ ...first, replayed: true });
    expect(await caller.call('makeThing', { name: 'n' }, { key: 'new' })).toMatchObject({
      status: 422,
    });
  });

  it('are made anew after 24 hours', async () => {
    await using scene = await aScene();
    const { caller, upstream, sql, sweep } = scene;
    const kept = () =>
      sql<{ hours: number }>(
        `select round(extract(epoch from expires_at - now()) / 3600)::int as hours from call_journal where tenant_id = $1`,
      );
    await caller.call('makeThing', { name: 'n' }, { key: 'k' });
    expect(await kept()).toEqual([{ hours: 24 }]);
    await sql(`update call_journal set expires_at = now() where tenant_id = $1`);
    expect(made(await caller.call('makeThing', { name: 'm' }, { key: 'k' })).replayed).toBe(false);
    await sql(`update call_journal set expires_at = now() where tenant_id = $1`);
    await sweep();
    expect(await kept()).toEqual([]);
    expect(upstream.seen).toHaveLength(2);
  });
});

describe('a call whose process died', () => {
  it('is INDETERMINATE once for an unsafe method, however many ask and sweep', async () => {
    await using scene = await aScene();
    const { caller, replica, upstream, kill, sweep } = scene;
    const lost = caller.call('makeSlowly', { name: 'n' }, { key: 'k' });
    await upstream.came(1);
    await kill();
    const asked = [replica, replica].map((one) =>
      one.call('makeSlowly', { name: 'n' }, { key: 'k' }),
    );
    await Promise.all([...asked, sweep(), sweep()]);
    const again = made(await replica.call('makeSlowly', { name: 'n' }, { key: 'k' }));
    expect(again).toMatchObject({ outcome: 'INDETERMINATE', status: null, replayed: true });
    expect(again.error?.message).toContain('may have had its effect');
    upstream.release();
    expect(made(await lost)).toMatchObject({ outcome: 'INDETERMINATE', callId: again.callId });
    expect(upstream.seen).toHaveLength(1);
    expect(await caller.calls()).toMatchObject({
      totalCount: 1,
      nodes: [{ id: again.callId, outcome: 'INDETERMINATE', toolName: 'makeSlowly' }],
    });
  });

  it('is recorded without a key as well', async () => {
    await using scene = await aScene();
    const { caller, upstream, kill, sweep, sql } = scene;
    const lost = caller.call('makeSlowly', { name: 'n' });
    await upstream.came(1);
    await kill();
    await Promise.all([sweep(), sweep()]);
    expect((await caller.calls()).nodes).toMatchObject([
      { outcome: 'INDETERMINATE', arguments: { name: 'n' } },
    ]);
    upstream.release();
    await lost;
    expect((await caller.calls()).totalCount).toBe(1);
    expect(await sql('select id from call_journal where tenant_id = $1')).toEqual([]);
  });

  it('runs again for a safe method', async () => {
    await using scene = await aScene();
    const { caller, replica, upstream, kill } = scene;
    const lost = caller.call('readSlowly', {}, { key: 'k' });
    await upstream.came(1);
    await kill();
    const again = replica.call('readSlowly', {}, { key: 'k' });
    await upstream.came(2);
    upstream.release();
    expect(made(await again)).toMatchObject({ outcome: 'OK', replayed: false });
    expect(made(await lost)).toMatchObject({ outcome: 'FAILED', error: { code: 'INTERRUPTED' } });
    const { nodes } = await caller.calls();
    expect(nodes.map(({ id, outcome }) => [id, outcome])).toEqual([
      [made(await again).callId, 'OK'],
      [made(await lost).callId, 'FAILED'],
    ]);
  });

  it.each([{ key: 'k' }, {}])('is recorded once for a safe method, with %j', async (options) => {
    await using scene = await aScene();
    const { caller, upstream, kill, sweep, sql } = scene;
    const lost = caller.call('readSlowly', {}, options);
    await upstream.came(1);
    const noted = () => sql('select id from call_journal where tenant_id = $1');
    while ((await noted()).length === 0) await new Promise((done) => setTimeout(done, 5));
    await kill();
    await Promise.all([sweep(), sweep()]);
    expect((await caller.calls()).nodes).toMatchObject([
      { outcome: 'FAILED', error: { code: 'INTERRUPTED' }, toolName: 'readSlowly' },
    ]);
    upstream.release();
    await lost;
    expect((await caller.calls()).totalCount).toBe(1);
    expect(await noted()).toEqual([]);
  });

  it('lives for as long as its process renews the lease', async () => {
    await using scene = await aScene();
    const { upstream, sql } = scene;
    await using app = await aTestApp({
      env: { ...env, CALL_LEASE_MS: '3000' },
      ports: { storage: one.ports.storage },
    });
    const caller = aCaller(app, scene.tenant);
    const running = caller.call('makeSlowly', { name: 'n' });
    await upstream.came(1);
    const leases = new Set<string>();
    while (leases.size < 5) {
      const [row] = await sql<{ lease: string; isDead: boolean }>(
        `select lease_until as lease, lease_until < now() as "isDead" from call_journal where tenant_id = $1`,
      );
      expect(row?.isDead).toBe(false);
      leases.add(row?.lease ?? '');
      await new Promise((done) => setTimeout(done, 50));
    }
    upstream.release();
    expect(made(await running).outcome).toBe('OK');
    expect((await caller.calls()).totalCount).toBe(1);
  });
});

it('stops a call when its caller goes away, unless the caller can ask for its answer again', async () => {
  await using scene = await aScene();
  const { caller, upstream, tenant } = scene;
  const url = await one.server.listen({ host: '127.0.0.1', port: 0 });
  const post = (body: object, signal: AbortSignal) =>
    fetch(`${url}/tools/agents/atlas/tools/readSlowly/call`, {
      method: 'POST',
      headers: { 'x-tenantid': tenant, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal,
    }).catch(() => null);
  const keyed = new AbortController();
  const answer = post({ idempotency_key: 'k' }, keyed.signal);
  await upstream.came(1);
  keyed.abort();
  await answer;
  const leaving = new AbortController();
  const left = post({}, leaving.signal);
  await upstream.came(2);
  leaving.abort();
  await left;
  await upstream.gone;
  upstream.release();
  const kept = made(await caller.call('readSlowly', {}, { key: 'k' }));
  expect(kept).toMatchObject({ outcome: 'OK', replayed: true });
  expect(upstream.seen).toHaveLength(2);
  const { nodes } = await caller.calls();
  expect(nodes.map(({ outcome }) => outcome).sort()).toEqual(['FAILED', 'OK']);
});

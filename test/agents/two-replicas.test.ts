import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createAgentViews } from '../../src/agents/agent-views.js';
import type { App } from '../../src/app.js';
import { openStorage, type Storage } from '../../src/storage/open-storage.js';
import { query } from '../../src/storage/sql.js';
import { type CatalogClient, graphqlClient, restClient } from '../support/catalog-clients.js';
import { aDocument } from '../support/documents.js';
import { createDatabase, createTemplate, startPostgres } from '../support/postgres.js';
import { aTestApp } from '../support/test-app.js';

const stack = new AsyncDisposableStack();
afterAll(() => stack.disposeAsync());
let url = '';
let one: App;
let other: App;

beforeAll(async () => {
  let server = inject('postgresUrl');
  if (!server) {
    server = stack.use(await startPostgres()).url;
    await createTemplate(server);
  }
  url = await createDatabase(server);
  one = await aReplica();
  other = await aReplica();
  await listeners(2);
});

async function aReplica(change: (storage: Storage) => Storage = (same) => same): Promise<App> {
  const storage = stack.use(await openStorage({ driver: 'postgres', url }));
  return stack.use(await aTestApp({ ports: { storage: change(storage) } }));
}

/** Waits until so many connections listen; their process ids. */
async function listeners(count: number): Promise<number[]> {
  for (;;) {
    const rows = await query<{ pid: number }>(
      one.ports.storage.fork(),
      `select pid from pg_stat_activity where datname = current_database() and state = 'idle'
       and application_name = 'toolgraph listener' and query in ('listen "catalog_changed"', 'select 1')`,
    );
    if (rows.length >= count) return rows.map(({ pid }) => pid);
  }
}

const listing = { id: 'listPets', path: '/pets' };
const pets = aDocument([listing, { id: 'getPet', path: '/pet', query: ['id!'] }]);
const morePets = aDocument([listing, { id: 'feedPet', path: '/food' }]);
let tenants = 0;

/** A tenant whose agent `atlas` has the tools `listPets` and `getPet`, at revision 2. */
async function aTenant(client: (app: App, tenant: string) => CatalogClient) {
  tenants += 1;
  const tenant = `tenant-${tenants}`;
  const writer = client(one, tenant);
  const synced = await writer.sync(pets, { name: 'Pets' });
  if (!('apiId' in synced)) throw new Error(JSON.stringify(synced));
  const { apiId } = synced;
  const [first, second] = await writer.endpoints(apiId);
  const ids = [first?.id ?? '', second?.id ?? ''] as const;
  await writer.assign('atlas', [...ids]);
  return { tenant, writer, apiId, ids, read: client };
}
type Tenant = Awaited<ReturnType<typeof aTenant>>;

async function seen(app: App, { tenant, read }: Tenant): Promise<string> {
  const { revision, tools } = await read(app, tenant).tools('atlas');
  return `${revision}: ${tools.map(({ name }) => name)}`;
}

const changes: [string, (tenant: Tenant) => Promise<unknown>, string][] = [
  ['taken', ({ writer, ids }) => writer.unassign('atlas', [ids[0]]), '3: getPet'],
  ['switched off', ({ writer, ids }) => writer.edit(ids[1], { enabled: false }), '3: listPets'],
  ['renamed', ({ writer, ids }) => writer.edit(ids[0], { name: 'seePets' }), '3: seePets,getPet'],
  [
    'replaced by a sync',
    ({ writer, apiId }) => writer.sync(morePets, { apiId, strategy: 'FORCE' }),
    '3: listPets',
  ],
  [
    'deleted with their API',
    ({ tenant, apiId }) =>
      one.server.inject({
        method: 'DELETE',
        url: `/tools/apis/${apiId}`,
        headers: { 'x-tenantid': tenant },
      }),
    '3: ',
  ],
  [
    'given',
    async ({ writer, ids }) => {
      await writer.unassign('atlas', [...ids]);
      await writer.assign('atlas', [ids[1]]);
    },
    '4: getPet',
  ],
];
const transports: [string, typeof restClient][] = [
  ['REST', restClient],
  ['GraphQL', graphqlClient],
];

describe.each(transports)('over %s, tools that are', (_transport, client) => {
  it.each(changes)('%s are seen by the next read of the same replica', async (_how, change, to) => {
    const tenant = await aTenant(client);
    expect(await seen(one, tenant)).toBe('2: listPets,getPet');
    await change(tenant);
    expect(await seen(one, tenant)).toBe(to);
  });

  it.each(changes)('%s are seen by the other replica when it hears', async (_how, change, to) => {
    const tenant = await aTenant(client);
    await heard(other, tenant.tenant, '2');
    expect(await seen(other, tenant)).toBe('2: listPets,getPet');
    await change(tenant);
    await heard(other, tenant.tenant, to.split(':')[0] ?? '');
    expect(await seen(other, tenant)).toBe(to);
  });
});

/** Waits until the replica knows of a revision. */
async function heard({ ports }: App, tenant: string, revision: string): Promise<void> {
  while ((await ports.feed.revisionOf(tenant)) !== revision) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

it('a replica that hears nothing asks, and is never behind what was written', async () => {
  const deaf = await aReplica((storage) => ({
    ...storage,
    listen: () => ({ [Symbol.asyncDispose]: async () => {} }),
  }));
  const tenant = await aTenant(restClient);
  for (let revision = 2; revision < 20; revision += 2) {
    expect(await seen(deaf, tenant)).toBe(`${revision}: listPets,getPet`);
    await tenant.writer.edit(tenant.ids[0], { enabled: false });
    expect(await seen(deaf, tenant)).toBe(`${revision + 1}: getPet`);
    await tenant.writer.edit(tenant.ids[0], { enabled: true });
  }
});

it('a replica whose ears are cut off falls back to asking, and misses nothing', async () => {
  const tenant = await aTenant(restClient);
  for (let round = 0; round < 5; round += 1) {
    const enabled = round % 2 === 1;
    for (const pid of await listeners(2)) {
      await query(one.ports.storage.fork(), 'select pg_terminate_backend($1::int)', [pid]);
    }
    await tenant.writer.edit(tenant.ids[0], { enabled });
    const revision = round + 3;
    const now = `${revision}: ${enabled ? 'listPets,getPet' : 'getPet'}`;
    const before = `${revision - 1}: ${enabled ? 'getPet' : 'listPets,getPet'}`;
    let answer = await seen(other, tenant);
    while (answer === before) answer = await seen(other, tenant);
    expect(answer).toBe(now);
    // What was seen once stays seen, also while the ears grow back.
    expect(await Promise.all(Array.from({ length: 20 }, () => seen(other, tenant)))).toEqual(
      Array(20).fill(now),
    );
  }
});

it('a read that began before a change was known is not the answer to who asks after it', async () => {
  const { tenant, writer, ids } = await aTenant(restClient);
  const [begun, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const { views } = one.ports;
  const read = (value: string, wait: Promise<void>) => async () => {
    begun.resolve();
    await wait;
    return new Map([['part', value]]);
  };
  const early = views.recall(tenant, ['part'], read('early', goOn.promise));
  await begun.promise;
  await writer.unassign('atlas', [ids[0]]);
  const late = views.recall(tenant, ['part'], read('late', Promise.resolve()));
  goOn.resolve();
  const [was, is] = [(await early).get('part'), (await late).get('part')];
  expect([was?.value, was?.version.revision]).toEqual(['early', 2n]);
  expect([is?.value, is?.version.revision]).toEqual(['late', 3n]);
});

it('what is read before it is heard of carries its own revision, and nothing goes back behind it', async () => {
  await listeners(2);
  const { tenant } = await aTenant(restClient);
  await heard(other, tenant, '2');
  const { views } = other.ports;
  const reader = (value: string) => async (_snapshot: unknown, parts: readonly string[]) =>
    new Map(parts.map((part) => [part, value]));
  await views.recall(tenant, ['known'], reader('old'));
  // As a write whose notification is still on its way.
  await query(
    one.ports.storage.fork(),
    'update catalog_revisions set revision = 3 where tenant_id = $1',
    [tenant],
  );
  expect(await other.ports.feed.revisionOf(tenant)).toBe('2');
  const ahead = await views.recall(tenant, ['unknown'], reader('new'));
  expect(ahead.get('unknown')?.version.revision).toBe(3n);
  const again = await views.recall(tenant, ['known'], reader('new'));
  expect(again.get('known')).toMatchObject({ value: 'new', version: { revision: 3n } });
});

it('everything of one read is of one moment, whatever is written meanwhile', async () => {
  const { tenant, writer, ids } = await aTenant(restClient);
  const views = createAgentViews({
    feed: one.ports.feed,
    fork: () => one.ports.storage.fork(),
  });
  const names = (em: Parameters<typeof query>[0]) =>
    query<{ name: string }>(em, 'select name from endpoints where tenant_id = $1 order by name', [
      tenant,
    ]);
  const found = await views.recall(tenant, ['part'], async ({ em }) => {
    const before = await names(em);
    await writer.edit(ids[0], { name: 'changed' });
    return new Map([['part', [before, await names(em)]]]);
  });
  const [before, after] = found.get('part')?.value ?? [];
  expect(after).toEqual(before);
  expect(found.get('part')?.version.revision).toBe(2n);
});

describe('local tools', () => {
  it('are seen on every replica when an operator edits them, and tools give way to their names', async () => {
    const tenant = await aTenant(restClient);
    const known = await other.ports.feed.revisionOf('');
    await heard(other, tenant.tenant, '2');
    expect(await seen(other, tenant)).toBe('2: listPets,getPet');
    const operator = one.ports.storage.fork();
    await query(operator, "update local_tools set name = 'getPet' where name = 'end_call'");
    await heard(other, '', String(BigInt(known) + 1n));
    expect(await seen(other, tenant)).toMatch(/^2: listPets,getPet_[0-9a-f]{8}$/);
    expect(await localTools(other, tenant.tenant)).toContain('getPet');
    await query(operator, "update local_tools set name = 'end_call' where name = 'getPet'");
    await heard(other, '', String(BigInt(known) + 2n));
    expect(await seen(other, tenant)).toBe('2: listPets,getPet');
    expect(await localTools(other, tenant.tenant)).not.toContain('getPet');
  });
});

async function localTools({ server }: App, tenant: string): Promise<string[]> {
  const answer = await server.inject({
    ...{ method: 'POST', url: '/graphql', headers: { 'x-tenantid': tenant } },
    payload: { query: '{ agent(id: "atlas") { tools(kind: LOCAL) { nodes { name } } } }' },
  });
  return answer.json().data.agent.tools.nodes.map(({ name }: { name: string }) => name);
}

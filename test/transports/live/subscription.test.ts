import { print } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CatalogChangedDocument } from '../../generated/documents.js';
import { restClient } from '../../support/catalog-clients.js';
import { aLiveApp, type LiveApp } from './live-app.js';
import { openInitialised, type RawSocket } from './raw-socket.js';

/** What `catalogChanged` tells whom. */

let live: LiveApp;
beforeAll(async () => {
  live = await aLiveApp();
});
afterAll(() => live[Symbol.asyncDispose]());

const document = {
  openapi: '3.1.0',
  info: { title: 'Pets', version: '1' },
  servers: [{ url: 'https://pets.example' }],
  paths: {
    '/pets': { get: { operationId: 'listPets', responses: { 200: { description: 'ok' } } } },
    '/pets/new': { post: { operationId: 'addPet', responses: { 200: { description: 'ok' } } } },
  },
};

type Change = {
  revision: string;
  kind: string;
  api: { id: string } | null;
  agents: { id: string; toolCount: number; catalogRevision: string }[];
};

async function readChange(raw: RawSocket): Promise<Change> {
  const { payload } = await raw.told();
  return (payload as { data: { catalogChanged: Change } }).data.catalogChanged;
}

async function follow(tenant: string, variables: object, id = 's'): Promise<RawSocket> {
  const raw = await openInitialised(live.url, { tenant });
  raw.send({ id, type: 'subscribe', payload: { query: print(CatalogChangedDocument), variables } });
  return raw;
}

it('tells of each change what is there then, not what was there when the socket opened', async () => {
  const tenant = 'fresh';
  const catalog = restClient(live.app, tenant);
  const synced = await catalog.sync(document);
  if (!('apiId' in synced)) throw new Error(JSON.stringify(synced));
  const [list, add] = await catalog.endpoints(synced.apiId);
  await using raw = await follow(tenant, { after: '1' });
  await catalog.assign('atlas', [list?.id ?? '']);
  expect(await readChange(raw)).toMatchObject({
    ...{ revision: '2', kind: 'TOOLS_ASSIGNED' },
    agents: [{ id: 'atlas', toolCount: 1, catalogRevision: '2' }],
  });
  await catalog.assign('atlas', [add?.id ?? '']);
  expect(await readChange(raw)).toMatchObject({
    agents: [{ id: 'atlas', toolCount: 2, catalogRevision: '3' }],
  });
  await catalog.unassign('atlas', [list?.id ?? '', add?.id ?? '']);
  expect(await readChange(raw)).toMatchObject({
    agents: [{ id: 'atlas', toolCount: 0, catalogRevision: '4' }],
  });
});

it('tells those who ask alike the same, and others what they ask', async () => {
  const tenant = 'alike';
  const queries = [
    'subscription A($after: Revision) { catalogChanged(after: $after) { revision kind } }',
    'subscription A($after: Revision) { catalogChanged(after: $after) { revision kind } }',
    'subscription B($after: Revision, $no: Boolean = false) { catalogChanged(after: $after) { revision kind @include(if: $no) } }',
    'subscription B($after: Revision, $no: Boolean = false) { catalogChanged(after: $after) { revision kind @include(if: $no) } }',
  ];
  await using raw = await openInitialised(live.url, { tenant });
  queries.forEach((query, index) => {
    const variables = { after: '0', ...(index === 3 && { no: true }) };
    raw.send({ id: String(index), type: 'subscribe', payload: { query, variables } });
  });
  const whole = { revision: '1', kind: 'TOOLS_ASSIGNED' };
  await live.write({ tenant });
  const told = [await raw.told(), await raw.told(), await raw.told(), await raw.told()];
  const byId = told.sort((a, b) => Number(a.id) - Number(b.id));
  expect(byId.map(({ payload }) => payload)).toEqual(
    [whole, whole, { revision: '1' }, whole].map((catalogChanged) => ({
      data: { catalogChanged },
    })),
  );
});

it('tells a thousand subscribers each change once and in order, wherever they began', async () => {
  const tenant = 'crowd';
  const query = 'subscription ($after: Revision) { catalogChanged(after: $after) { revision } }';
  await using raw = await openInitialised(live.url, { tenant });
  for (let index = 0; index < 20; index += 1) await live.write({ tenant });
  for (let id = 0; id < 1_000; id += 1) {
    const variables = { after: String(id % 20) };
    raw.send({ id: String(id), type: 'subscribe', payload: { query, variables } });
  }
  for (let index = 0; index < 5; index += 1) await live.write({ tenant });
  const last = new Map<string, number>();
  let left = Array.from({ length: 1_000 }, (_, id) => 25 - (id % 20)).reduce((a, b) => a + b, 0);
  for (; left > 0; left -= 1) {
    const { id = '', type, payload } = await raw.told();
    expect(type).toBe('next');
    const { revision } = (payload as { data: { catalogChanged: Change } }).data.catalogChanged;
    expect(Number(revision)).toBe((last.get(id) ?? Number(id) % 20) + 1);
    last.set(id, Number(revision));
  }
  expect(new Set(last.values())).toEqual(new Set([25]));
});

describe('another tenant’s changes', () => {
  it('never arrive, whatever is said of its agents and revisions', async () => {
    const them = restClient(live.app, 'them');
    const synced = await them.sync(document);
    if (!('apiId' in synced)) throw new Error(JSON.stringify(synced));
    const endpoints = (await them.endpoints(synced.apiId)).map(({ id }) => id);
    await using all = await follow('us', {});
    await using some = await follow('us', { after: '0', agentId: 'atlas' });
    await using theirs = await follow('them', { after: '1', agentId: 'atlas' });
    await them.assign('atlas', endpoints);
    expect(await readChange(theirs)).toMatchObject({ agents: [{ id: 'atlas', toolCount: 2 }] });
    await live.write({ tenant: 'us', agentIds: ['atlas'] });
    const own = { revision: '1', agents: [{ id: 'atlas', toolCount: 0, catalogRevision: '1' }] };
    expect(await readChange(some)).toMatchObject(own);
    // Nothing says from when it follows, but that it was asked before the other one.
    expect(await readChange(all)).toMatchObject(own);
  });

  it('answer a revision of theirs exactly like one that nobody has', async () => {
    const ask = async (tenant: string, after: string) => {
      await using raw = await follow(tenant, { after });
      return JSON.stringify(await raw.told()).replaceAll(after, '<after>');
    };
    for (let count = 0; count < 3; count += 1) await live.write({ tenant: 'busy' });
    expect(await ask('idle', '2')).toBe(await ask('idle', '4'));
  });

  it('are not told to who asks the same at the same revision', async () => {
    const query = 'subscription { catalogChanged(after: "0") { revision agents { id } } }';
    const subscribe = { id: 's', type: 'subscribe', payload: { query } };
    await live.write({ tenant: 'left', agentIds: ['secret'] });
    await live.write({ tenant: 'right', agentIds: ['open'] });
    for (const [tenant, id] of [
      ['left', 'secret'],
      ['right', 'open'],
    ]) {
      await using raw = await openInitialised(live.url, { tenant });
      raw.send(subscribe);
      expect(await readChange(raw)).toEqual({ revision: '1', agents: [{ id }] });
    }
  });
});

it('with an agent only the changes of its tools arrive', async () => {
  const tenant = 'agents';
  await live.write({ tenant, agentIds: ['hermes'] });
  await live.write({ tenant, agentIds: ['atlas', 'hermes'] });
  await using raw = await follow(tenant, { after: '0', agentId: 'atlas' });
  expect(await readChange(raw)).toMatchObject({ revision: '2' });
  await live.write({ tenant, agentIds: ['hermes'] });
  await live.write({ tenant, agentIds: [] });
  await live.write({ tenant, agentIds: ['atlas'] });
  expect(await readChange(raw)).toMatchObject({ revision: '5' });
});

it('an API that is gone is null by the time its change is told', async () => {
  const tenant = 'gone';
  const catalog = restClient(live.app, tenant);
  const synced = await catalog.sync(document);
  if (!('apiId' in synced)) throw new Error(JSON.stringify(synced));
  await live.app.server.inject({
    ...{ method: 'DELETE', url: `/tools/apis/${synced.apiId}` },
    headers: { 'x-tenantid': tenant, 'x-appid': 'shop' },
  });
  await using raw = await follow(tenant, { after: '0' });
  expect(await readChange(raw)).toMatchObject({ kind: 'API_SYNCED' });
});

import { createHash, randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import {
  type CatalogClient,
  graphqlClient,
  restClient,
  type SyncAnswer,
} from '../support/catalog-clients.js';
import { aDocument } from '../support/documents.js';
import { aTestApp } from '../support/test-app.js';

// One application for the file: every test has a tenant of its own.
const app = await aTestApp();
afterAll(() => app[Symbol.asyncDispose]());

const v1 = aDocument([
  { id: 'listPets', path: '/pets', query: ['limit'] },
  { id: 'addPet', method: 'post', path: '/pets' },
  { id: 'getPet', path: '/pet', query: ['id!'] },
]);
const widened = aDocument([
  { id: 'listPets', path: '/pets', query: ['limit', 'after'] },
  { id: 'addPet', method: 'post', path: '/pets' },
  { id: 'getPet', path: '/pet', query: ['id!'] },
  { id: 'countPets', path: '/pets/count' },
]);
const breaking = aDocument([
  { id: 'listPets', path: '/pets', query: ['limit!'] },
  { id: 'addPet', method: 'post', path: '/pets' },
]);

function success(answer: SyncAnswer) {
  if ('outcome' in answer) return answer;
  throw new Error(`Expected a sync, got ${JSON.stringify(answer)}`);
}

async function syncedAndAssigned(client: CatalogClient, names: string[]) {
  const { apiId } = success(await client.sync(v1));
  const endpoints = await client.endpoints(apiId);
  const ids = endpoints.filter(({ name }) => names.includes(name)).map(({ id }) => id);
  await client.assign('atlas', ids);
  return { apiId, endpoints };
}

describe.each([
  ['REST', restClient],
  ['GraphQL', graphqlClient],
])('over %s', (_, clientOf) => {
  it('creates, and hashes the compact JSON of the document', async () => {
    const client = clientOf(app, randomUUID());
    const answer = success(await client.sync(v1));
    const contentHash = createHash('sha256').update(JSON.stringify(v1)).digest('hex');
    expect(answer).toMatchObject({
      outcome: 'CREATED',
      added: 3,
      updated: 0,
      removed: 0,
      contentHash,
      revision: '1',
    });
  });

  it('writes nothing for the same hash, and says so', async () => {
    const client = clientOf(app, randomUUID());
    const first = success(await client.sync(v1));
    const again = success(await client.sync(v1));
    expect(again).toMatchObject({
      outcome: 'UNCHANGED',
      apiId: first.apiId,
      added: 0,
      revision: '1',
    });
  });

  it('updates what changed and keeps the ids of what stays', async () => {
    const client = clientOf(app, randomUUID());
    const { apiId } = success(await client.sync(v1));
    const before = await client.endpoints(apiId);
    expect(success(await client.sync(widened))).toMatchObject({
      outcome: 'UPDATED',
      apiId,
      added: 1,
      updated: 1,
      removed: 0,
      revision: '2',
    });
    const after = await client.endpoints(apiId);
    expect(after.filter(({ id }) => before.some((one) => one.id === id))).toHaveLength(3);
  });

  it('answers a conflict naming the agents when an endpoint is assigned, and writes nothing', async () => {
    const client = clientOf(app, randomUUID());
    const { apiId, endpoints } = await syncedAndAssigned(client, ['listPets']);
    const answer = await client.sync(widened);
    expect(answer).toMatchObject({
      conflict: expect.stringContaining('"atlas"'),
      agentIds: ['atlas'],
    });
    expect(
      'changes' in answer && answer.changes.map(({ kind, name }) => `${kind} ${name}`),
    ).toEqual(['ADDED countPets', 'CHANGED listPets']);
    expect(await client.endpoints(apiId)).toEqual(endpoints);
    expect((await client.tools('atlas')).revision).toBe('2');
  });

  it('lets SAFE through when assigned contracts only widen', async () => {
    const client = clientOf(app, randomUUID());
    await syncedAndAssigned(client, ['listPets']);
    expect(success(await client.sync(widened, { strategy: 'SAFE' })).outcome).toBe('UPDATED');
  });

  it('stops SAFE when an assigned contract breaks, and lets it through when only others do', async () => {
    const client = clientOf(app, randomUUID());
    const { endpoints } = await syncedAndAssigned(client, ['listPets', 'addPet']);
    expect(await client.sync(breaking, { strategy: 'SAFE' })).toMatchObject({
      agentIds: ['atlas'],
      changes: [{ kind: 'CHANGED', name: 'listPets', breaking: true }],
    });
    await client.unassign(
      'atlas',
      endpoints.filter(({ name }) => name === 'listPets').map(({ id }) => id),
    );
    expect(success(await client.sync(breaking, { strategy: 'SAFE' }))).toMatchObject({
      updated: 1,
      removed: 1,
    });
  });

  it('applies FORCE, and removed endpoints leave their agents in the same revision', async () => {
    const client = clientOf(app, randomUUID());
    await syncedAndAssigned(client, ['listPets', 'getPet']);
    const forced = success(await client.sync(breaking, { strategy: 'FORCE' }));
    const view = await client.tools('atlas');
    expect(view.revision).toBe(forced.revision);
    expect(view.tools.map(({ name }) => name)).toEqual(['listPets']);
  });

  it('keeps what a person edited', async () => {
    const client = clientOf(app, randomUUID());
    const { apiId, endpoints } = await syncedAndAssigned(client, []);
    const [listPets] = endpoints;
    await client.edit(listPets?.id ?? '', { name: 'find_pets', description: 'Mine.' });
    await client.sync(widened);
    const after = await client.endpoints(apiId);
    expect(after.find(({ id }) => id === listPets?.id)).toMatchObject({
      name: 'find_pets',
      description: 'Mine.',
    });
  });

  it('does not list a disabled endpoint, through every sync', async () => {
    const client = clientOf(app, randomUUID());
    const { endpoints } = await syncedAndAssigned(client, ['listPets', 'addPet']);
    await client.edit(endpoints[0]?.id ?? '', { enabled: false });
    await client.sync(widened, { strategy: 'FORCE' });
    expect((await client.tools('atlas')).tools.map(({ name }) => name)).toEqual(['addPet']);
  });

  it('lets one of two concurrent syncs wait for the other and see its result', async () => {
    const client = clientOf(app, randomUUID());
    const answers = (await Promise.all([client.sync(v1), client.sync(v1), client.sync(v1)])).map(
      success,
    );
    expect(answers.map(({ outcome }) => outcome).sort()).toEqual([
      'CREATED',
      'UNCHANGED',
      'UNCHANGED',
    ]);
    expect(new Set(answers.map(({ apiId }) => apiId)).size).toBe(1);
    const same = await Promise.all([1, 2, 3].map(() => client.sync(widened)));
    expect(
      same
        .map(success)
        .map(({ outcome, revision }) => `${outcome} ${revision}`)
        .sort(),
    ).toEqual(['UNCHANGED 2', 'UNCHANGED 2', 'UPDATED 2']);
    const next = (await Promise.all([client.sync(v1), client.sync(breaking)])).map(success);
    expect(next.map(({ revision }) => revision).sort()).toEqual(['3', '4']);
  });

  it('keeps the good catalog when the document that comes is not one', async () => {
    const client = clientOf(app, randomUUID());
    const { apiId } = success(await client.sync(v1));
    expect(await client.sync({ openapi: '4.0.0', info: { title: 'Pets' } })).toHaveProperty(
      'refused',
    );
    expect(await client.endpoints(apiId)).toHaveLength(3);
  });

  it('says that settings beside an unchanged document were not stored', async () => {
    const client = clientOf(app, randomUUID());
    const { apiId } = success(await client.sync(v1));
    const again = success(await client.sync(v1, { apiId, name: 'Other' }));
    expect(again.warnings.map(({ code }) => code)).toEqual(['SETTINGS_NOT_STORED']);
  });

  it('refuses a tool name that another endpoint of the API has', async () => {
    const client = clientOf(app, randomUUID());
    const { endpoints } = await syncedAndAssigned(client, []);
    expect(await client.edit(endpoints[0]?.id ?? '', { name: 'addPet' })).toMatchObject({
      refused: expect.stringContaining('"addPet"'),
    });
    expect(await client.edit(endpoints[0]?.id ?? '', { name: 'no spaces' })).toMatchObject({
      refused: expect.stringContaining('"no spaces"'),
    });
  });

  it('assigns all or nothing', async () => {
    const client = clientOf(app, randomUUID());
    const { endpoints } = await syncedAndAssigned(client, []);
    const unknown = '00000000-0000-4000-8000-000000000000';
    expect(await client.assign('atlas', [endpoints[0]?.id ?? '', unknown])).toMatchObject({
      refused: expect.stringContaining(unknown),
    });
    expect((await client.tools('atlas')).tools).toEqual([]);
  });
});

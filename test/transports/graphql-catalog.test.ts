import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AgentsDocument,
  AgentToolsDocument,
  ApiDocument,
  ApiEndpointsDocument,
  ApisDocument,
  AssignToolsDocument,
  CatalogChangesDocument,
  DeleteApiDocument,
  DescribeEndpointDocument,
  EndpointDocument,
  LocalToolsDocument,
  PlanSyncDocument,
  PreviewSpecDocument,
  SyncApiDocument,
  type SyncApiInput,
  UnassignToolsDocument,
  UpdateApiDocument,
  UpdateEndpointDocument,
} from '../generated/documents.js';
import { type GraphqlHarness, openGraphqlHarness } from '../support/graphql-harness.js';
import { seedCatalog } from '../support/seed-catalog.js';

let harness: GraphqlHarness;
beforeAll(async () => {
  harness = await openGraphqlHarness();
});
afterAll(() => harness[Symbol.asyncDispose]());

let tenants = 0;
/** A tenant of its own for each test. */
function aTenant() {
  tenants += 1;
  return { tenant: `tenant-${tenants}` };
}

function aDocument(paths: Record<string, object> = {}) {
  return {
    openapi: '3.1.0',
    info: { title: 'Pets', version: '1' },
    servers: [{ url: 'https://pets.example.com/v1' }],
    paths: {
      '/pets': { get: { operationId: 'listPets', tags: ['pets'], responses: {} } },
      '/pets/{id}': {
        get: {
          operationId: 'getPet',
          summary: 'One pet',
          parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
          responses: {},
        },
      },
      ...paths,
    },
  };
}

async function sync(as: { tenant: string }, input: Partial<SyncApiInput> = {}) {
  const source = { document: aDocument() };
  const { data, errors } = await harness.ask(SyncApiDocument, { input: { source, ...input } }, as);
  expect(errors).toEqual([]);
  if (data?.syncApi.__typename !== 'SyncApiSuccess') throw new Error('expected a success');
  return data.syncApi;
}

async function endpointsOf(as: { tenant: string }, id: string | number) {
  const { data } = await harness.ask(ApiEndpointsDocument, { id }, as);
  return data?.api?.endpoints.nodes ?? [];
}

describe('syncApi', () => {
  it('adds an API from a document and reads it back', async () => {
    const as = aTenant();
    const synced = await sync(as, { headers: { authorization: 'Bearer s3cret' } });
    expect(synced).toMatchObject({ outcome: 'CREATED', endpointsAdded: 2, revision: '1' });

    const { data, errors } = await harness.ask(ApiDocument, { id: synced.api.id }, as);
    expect(errors).toEqual([]);
    expect(data?.api).toEqual(synced.api);
    expect(data?.api).toMatchObject({
      appId: 'shop',
      name: 'Pets',
      title: 'Pets',
      baseUrl: 'https://pets.example.com/v1',
      headerNames: ['authorization'],
      specVersion: '3.1.0',
      endpointCount: 2,
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(JSON.stringify(data)).not.toContain('s3cret');
  });

  it('writes nothing for the same document', async () => {
    const as = aTenant();
    const { contentHash } = await sync(as);
    expect(await sync(as)).toMatchObject({ outcome: 'UNCHANGED', contentHash, revision: '1' });
  });

  it('answers a conflict that names the agents, and applies the sync by force', async () => {
    const as = aTenant();
    const { api } = await sync(as);
    const [first] = await endpointsOf(as, api.id);
    const endpointIds = [first?.id ?? ''];
    await harness.ask(AssignToolsDocument, { agentId: 'atlas', endpointIds }, as);
    const source = { document: aDocument({ '/pets': {}, '/owners': { get: { responses: {} } } }) };

    const plan = await harness.ask(PlanSyncDocument, { input: { source } }, as);
    expect(plan.data?.planSync).toMatchObject({ outcome: 'UPDATED', blocked: true });
    const { data } = await harness.ask(SyncApiDocument, { input: { source } }, as);
    expect(data?.syncApi).toMatchObject({
      __typename: 'SyncConflict',
      message: expect.stringContaining('atlas'),
      agents: [{ id: 'atlas' }],
    });
    expect(await sync(as, { source, strategy: 'FORCE' })).toMatchObject({
      outcome: 'UPDATED',
      endpointsAdded: 1,
      endpointsRemoved: 1,
    });
  });

  it('lists the problems of a document that cannot be read, and writes nothing', async () => {
    const as = aTenant();
    const input = { source: { text: '{"openapi": "3.1.0", ' } };
    const { data, errors } = await harness.ask(SyncApiDocument, { input }, as);
    expect(data).toBeNull();
    expect(errors[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      problems: [{ severity: 'ERROR', code: expect.any(String), line: expect.any(Number) }],
    });
    const { data: after } = await harness.ask(ApisDocument, {}, as);
    expect(after?.apis.totalCount).toBe(0);
  });

  it.each([
    ['no source', {}],
    ['two sources', { text: '{}', url: 'https://example.com' }],
    ['only nulls', { text: null, document: null }],
  ])('refuses %s', async (_case, source) => {
    const { errors } = await harness.ask(SyncApiDocument, { input: { source } }, aTenant());
    expect(errors[0]?.extensions?.code).toBe('BAD_USER_INPUT');
    expect(errors[0]?.message).toContain('exactly one of url, document and text');
  });

  it('takes a document as it is, with keys that JavaScript objects have by themselves', async () => {
    const odd =
      '{"x-odd": {"__proto__": {"a": 1}, "constructor": {"prototype": 2}, "b": [null, 1.5]}}';
    const document = { ...aDocument(), ...JSON.parse(odd) };
    const { contentHash } = await sync(aTenant(), { source: { document } });
    const compact = JSON.stringify(document);
    expect(compact).toContain('"__proto__":{"a":1}');
    expect(contentHash).toBe(createHash('sha256').update(compact).digest('hex'));
    expect(Object.hasOwn(Object.prototype, 'a')).toBe(false);
  });

  it('takes a document written into the query as it is', async () => {
    const as = aTenant();
    const reply = await harness.server.inject({
      method: 'POST',
      url: '/graphql',
      headers: { 'x-tenantid': as.tenant, 'x-appid': 'shop' },
      payload: {
        query: `mutation { syncApi(input: { source: { document: {
          openapi: "3.1.0", info: { title: "T", version: "1" }, paths: {}, __proto__: { a: 1 } } } }) {
          ... on SyncApiSuccess { contentHash } } }`,
      },
    });
    const compact =
      '{"openapi":"3.1.0","info":{"title":"T","version":"1"},"paths":{},"__proto__":{"a":1}}';
    expect(reply.json()).toEqual({
      data: { syncApi: { contentHash: createHash('sha256').update(compact).digest('hex') } },
    });
  });
});

describe('previewSpec', () => {
  it('shows the tools of a document and stores nothing', async () => {
    const as = aTenant();
    const { data, errors } = await harness.ask(
      PreviewSpecDocument,
      { source: { text: JSON.stringify(aDocument()) } },
      as,
    );
    expect(errors).toEqual([]);
    expect(data?.previewSpec).toMatchObject({
      valid: true,
      specVersion: '3.1.0',
      title: 'Pets',
      tools: [
        { name: 'listPets' },
        { name: 'getPet', parameters: [{ location: 'PATH', schema: { type: 'string' } }] },
      ],
    });
    const { data: after } = await harness.ask(ApisDocument, {}, as);
    expect(after?.apis.totalCount).toBe(0);
  });

  it('says why nothing can be read, without an error', async () => {
    const { data, errors } = await harness.ask(PreviewSpecDocument, { source: { text: '<html>' } });
    expect(errors).toEqual([]);
    expect(data?.previewSpec.valid).toBe(false);
    expect(data?.previewSpec.warnings[0]?.severity).toBe('ERROR');
  });
});

describe('lists', () => {
  it('come in pages that join without gaps', async () => {
    const as = aTenant();
    await seedCatalog(harness.fork(), { ...as, apis: 5 });
    const names: string[] = [];
    let after: string | null | undefined;
    do {
      const { data } = await harness.ask(ApisDocument, { first: 2, after }, as);
      const page = data?.apis;
      expect(page?.totalCount).toBe(5);
      expect(page?.pageInfo.endCursor).toBe(page?.edges.at(-1)?.cursor);
      names.push(...(page?.edges.map(({ node }) => node.name) ?? []));
      after = page?.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    } while (after);
    expect(names).toEqual(['api-01', 'api-02', 'api-03', 'api-04', 'api-05']);
  });

  it('of endpoints can be searched and continued', async () => {
    const as = aTenant();
    const { apiIds } = await seedCatalog(harness.fork(), { ...as, endpointsPerApi: 12 });
    const id = apiIds[0] ?? '';
    const found = await harness.ask(ApiEndpointsDocument, { id, search: 'GET_1', first: 2 }, as);
    const page = found.data?.api?.endpoints;
    expect(page).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } });
    expect(page?.nodes.map(({ name }) => name)).toEqual(['get_10', 'get_11']);
    const rest = { id, search: 'GET_1', first: 2, after: page?.pageInfo.endCursor };
    const { data } = await harness.ask(ApiEndpointsDocument, rest, as);
    expect(data?.api?.endpoints.nodes.map(({ name }) => name)).toEqual(['get_12']);
  });

  it('refuse a cursor that is not theirs, and a page that is too large', async () => {
    const { errors } = await harness.ask(ApisDocument, { after: 'nonsense' });
    expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT' });
    const tooMany = await harness.ask(ApisDocument, { first: 100_000 });
    expect(tooMany.errors[0]?.extensions?.code).toBe('BAD_USER_INPUT');
  });
});

describe('edits', () => {
  it('of an endpoint are read back, and null goes back to the document', async () => {
    const as = aTenant();
    const { api } = await sync(as);
    const getPet = (await endpointsOf(as, api.id)).find(({ name }) => name === 'getPet');
    const id = getPet?.id ?? '';
    const edit = { id, name: 'fetch_pet', description: 'Fetches.', enabled: false };
    const { data } = await harness.ask(UpdateEndpointDocument, { input: edit }, as);
    expect(data?.updateEndpoint).toMatchObject(edit);
    const undone = { id, name: null, description: null };
    await harness.ask(UpdateEndpointDocument, { input: undone }, as);
    const after = await harness.ask(EndpointDocument, { id }, as);
    expect(after.data?.endpoint).toMatchObject({ name: 'getPet', enabled: false });
    expect(after.data?.endpoint?.description).toBe(getPet?.description);
  });

  it('of an API are read back', async () => {
    const as = aTenant();
    const { api } = await sync(as);
    const input = { id: api.id, name: 'Animals', headers: { 'x-key': 'k' } };
    const { data, errors } = await harness.ask(UpdateApiDocument, { input }, as);
    expect(errors).toEqual([]);
    expect(data?.updateApi).toMatchObject({ name: 'Animals', headerNames: ['x-key'] });
  });

  it.each([
    ['a name that is no tool name', 'get pet', 'BAD_USER_INPUT'],
    ['a name that is taken', 'listPets', 'CONFLICT'],
  ])('refuse %s', async (_case, name, code) => {
    const as = aTenant();
    const { api } = await sync(as);
    const getPet = (await endpointsOf(as, api.id)).find((endpoint) => endpoint.name === 'getPet');
    const input = { id: getPet?.id ?? '', name };
    const { errors } = await harness.ask(UpdateEndpointDocument, { input }, as);
    expect(errors[0]?.extensions?.code).toBe(code);
  });

  it('by an LLM are not configured here', async () => {
    const as = aTenant();
    const { endpointIds } = await seedCatalog(harness.fork(), as);
    const { errors } = await harness.ask(
      DescribeEndpointDocument,
      { id: endpointIds[0] ?? '' },
      as,
    );
    expect(errors[0]?.extensions?.code).toBe('NOT_CONFIGURED');
  });

  it('can delete an API once', async () => {
    const as = aTenant();
    const { apiIds } = await seedCatalog(harness.fork(), as);
    const id = apiIds[0] ?? '';
    expect((await harness.ask(DeleteApiDocument, { id }, as)).data).toEqual({ deleteApi: true });
    const again = await harness.ask(DeleteApiDocument, { id }, as);
    expect(again.errors[0]?.extensions?.code).toBe('NOT_FOUND');
  });
});

describe('the tools of an agent', () => {
  it('are its endpoints under names that are unique among them', async () => {
    const as = aTenant();
    const { endpointIds } = await seedCatalog(harness.fork(), {
      ...as,
      apis: 2,
      endpointsPerApi: 1,
    });
    await harness.ask(AssignToolsDocument, { agentId: 'atlas', endpointIds }, as);
    const { data, errors } = await harness.ask(AgentToolsDocument, { id: 'atlas' }, as);
    expect(errors).toEqual([]);
    const tools = data?.agent.tools.edges.map(({ node }) => node) ?? [];
    expect(tools).toHaveLength(2);
    expect(new Set(tools.map(({ name }) => name)).size).toBe(2);
    expect(tools).toMatchObject([
      { __typename: 'Endpoint', kind: 'ENDPOINT', name: 'get_01', inputSchema: { type: 'object' } },
      { __typename: 'Endpoint', kind: 'ENDPOINT' },
    ]);
    expect(data?.agent.toolCount).toBe(data?.agent.tools.totalCount);
  });

  it('of the kind LOCAL are the built-in ones', async () => {
    const { data, errors } = await harness.ask(AgentToolsDocument, { id: 'a', kind: 'LOCAL' });
    expect(errors).toEqual([]);
    const tools = data?.agent.tools.edges.map(({ node }) => node) ?? [];
    expect(tools).toHaveLength(11);
    expect(tools[0]).toMatchObject({ __typename: 'LocalTool', kind: 'LOCAL', enabled: true });
  });

  it('change with each write of one request', async () => {
    const as = aTenant();
    const { endpointIds } = await seedCatalog(harness.fork(), as);
    const [first = '', second = ''] = endpointIds;
    const reply = await harness.server.inject({
      method: 'POST',
      url: '/graphql',
      headers: { 'x-tenantid': as.tenant },
      payload: {
        query: `mutation ($a: [ID!]!, $b: [ID!]!) {
          one: assignTools(agentId: "atlas", endpointIds: $a) { toolCount catalogRevision }
          two: assignTools(agentId: "atlas", endpointIds: $b) { toolCount catalogRevision }
        }`,
        variables: { a: [first], b: [second] },
      },
    });
    expect(reply.json().data).toEqual({
      one: { toolCount: 1, catalogRevision: '1' },
      two: { toolCount: 2, catalogRevision: '2' },
    });
  });

  it('can be taken away, and every change is in the log', async () => {
    const as = aTenant();
    const { endpointIds } = await seedCatalog(harness.fork(), as);
    await harness.ask(AssignToolsDocument, { agentId: 'atlas', endpointIds }, as);
    const taken = await harness.ask(UnassignToolsDocument, { agentId: 'atlas', endpointIds }, as);
    expect(taken.data?.unassignTools).toEqual({ id: 'atlas', toolCount: 0, catalogRevision: '2' });
    const { data } = await harness.ask(CatalogChangesDocument, { after: '0' }, as);
    expect(data).toMatchObject({
      catalogRevision: '2',
      catalogChanges: [
        { revision: '1', kind: 'TOOLS_ASSIGNED', agents: [{ id: 'atlas' }], api: null },
        { revision: '2', kind: 'TOOLS_UNASSIGNED', agents: [{ id: 'atlas' }] },
      ],
    });
    const later = await harness.ask(CatalogChangesDocument, { after: '1', agentId: 'herald' }, as);
    expect(later.data?.catalogChanges).toEqual([]);
  });

  it('are counted for every agent', async () => {
    const as = aTenant();
    await seedCatalog(harness.fork(), { ...as, apis: 3, agents: ['atlas', 'herald'] });
    const { data } = await harness.ask(AgentsDocument, {}, as);
    expect(data?.agents).toMatchObject([
      { id: 'atlas', toolCount: 3 },
      { id: 'herald', toolCount: 3 },
    ]);
  });
});

describe('localTools', () => {
  it('can be filtered by the kind of agent', async () => {
    const { data } = await harness.ask(LocalToolsDocument, { agentType: 'BACKGROUND' });
    expect(data?.localTools.map(({ name }) => name)).toContain('refund_processor');
    expect(data?.localTools.every(({ agentTypes }) => agentTypes.includes('BACKGROUND'))).toBe(
      true,
    );
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  EntitiesDocument,
  NestedCatalogDocument,
  type NestedCatalogQuery,
  ToolsOfEveryAgentDocument,
} from '../generated/documents.js';
import { type GraphqlHarness, openGraphqlHarness } from '../support/graphql-harness.js';
import { type SeededCatalog, seedCatalog } from '../support/seed-catalog.js';

let harness: GraphqlHarness;
let catalog: SeededCatalog;

beforeAll(async () => {
  harness = await openGraphqlHarness();
  catalog = await seedCatalog(harness.fork(), {
    tenant: 'acme',
    apis: 50,
    endpointsPerApi: 12,
    parametersPerEndpoint: 3,
    agents: ['atlas', 'herald'],
  });
});
afterAll(() => harness[Symbol.asyncDispose]());

describe('a nested query over the whole catalog', () => {
  it('answers every level', async () => {
    const { data, errors } = await harness.ask(NestedCatalogDocument, { first: 50 });
    expect(errors).toEqual([]);
    const apis = data?.apis.nodes ?? [];
    expect(apis).toHaveLength(50);
    expect(apis.every(({ endpointCount }) => endpointCount === 12)).toBe(true);
    expect(apis.flatMap(({ endpoints }) => endpoints.nodes)).toHaveLength(500);
    expect(agentsOf(data)).toEqual(['atlas', 'herald']);
  });

  it('issues as many statements for 50 APIs as for one', async () => {
    await harness.ask(NestedCatalogDocument, { first: 1 });
    const forOne = [...harness.statements];
    // Another page than the test above asked for: what comes again is remembered.
    await harness.ask(NestedCatalogDocument, { first: 60 });
    expect(harness.statements).toEqual(forOne);
    // APIs; endpoint counts, endpoints; their APIs, parameters, schemas, agents. What agents have is remembered.
    expect(forOne).toHaveLength(7);
  });
});

it('reads the tools of every agent in as many statements as those of one', async () => {
  const { data, errors } = await harness.ask(ToolsOfEveryAgentDocument, {});
  expect(errors).toEqual([]);
  expect(data?.agents.map(({ id, tools }) => [id, tools.totalCount])).toEqual([
    ['atlas', 50],
    ['herald', 50],
  ]);
  // The revision and the agents; the revision, their views, the reserved names, endpoints and parameters.
  expect(harness.statements).toHaveLength(7);
  // The second time it is read as one moment, and from then on it is known.
  await harness.ask(ToolsOfEveryAgentDocument, {});
  const again = await harness.ask(ToolsOfEveryAgentDocument, {});
  expect([again.data, harness.statements]).toEqual([data, []]);
});

describe('_entities', () => {
  const keys: [string, string, () => string[]][] = [
    ['Api', 'id', () => catalog.apiIds.slice(0, 20)],
    ['Endpoint', 'id', () => catalog.endpointIds.slice(0, 20)],
    ['Parameter', 'id', () => catalog.parameterIds.slice(0, 20)],
    ['Agent', 'id', () => ['atlas', 'herald', 'nobody']],
    ['LocalTool', 'name', () => ['send_email', 'end_call', 'lookup_kb']],
  ];

  it.each(keys)('resolves every %s by its %s in the order asked', async (type, key, values) => {
    const representations = values().map((value) => ({ __typename: type, [key]: value }));
    const { data, errors } = await harness.ask(EntitiesDocument, { representations });
    expect(errors).toEqual([]);
    expect(data?._entities).toMatchObject(representations);
  });

  it.each(keys)('loads many of %s with as many statements as one', async (type, key, values) => {
    const representations = values().map((value) => ({ __typename: type, [key]: value }));
    await harness.ask(EntitiesDocument, { representations: representations.slice(0, 1) });
    const forOne = harness.statements.length;
    await harness.ask(EntitiesDocument, { representations });
    expect(harness.statements).toHaveLength(forOne);
    expect(forOne).toBeLessThanOrEqual(2);
  });

  it('answers null for what does not exist, and goes on with the rest', async () => {
    const [id] = catalog.endpointIds;
    const { data, errors } = await harness.ask(EntitiesDocument, {
      representations: [
        { __typename: 'Endpoint', id: 'no-uuid' },
        { __typename: 'Api', id: '00000000-0000-4000-8000-000000000000' },
        { __typename: 'LocalTool', name: 'no_such_tool' },
        { __typename: 'Endpoint', id },
        { __typename: 'Endpoint', id },
      ],
    });
    expect(errors).toEqual([]);
    expect(data?._entities).toMatchObject([null, null, null, { id }, { id }]);
  });

  it.each([
    ['a type that is no entity', { __typename: 'PageInfo' }, 'is no entity of this subgraph'],
    ['a name of Object.prototype', { __typename: 'constructor' }, 'is no entity'],
    ['a missing key', { __typename: 'Api' }, 'the key "id" of Api is missing'],
    [
      'a key that is no string',
      { __typename: 'LocalTool', name: 7 },
      'the key "name" of LocalTool',
    ],
  ])('says what is wrong with %s, without failing the others', async (_case, bad, message) => {
    const { data, errors } = await harness.ask(EntitiesDocument, {
      representations: [bad, { __typename: 'Agent', id: 'atlas' }],
    });
    expect(data?._entities).toMatchObject([null, { id: 'atlas', toolCount: 50 }]);
    expect(errors).toMatchObject([
      { path: ['_entities', 0], extensions: { code: 'BAD_USER_INPUT' } },
    ]);
    expect(errors[0]?.message).toContain(message);
  });
});

function agentsOf(data: NestedCatalogQuery | null): string[] {
  const endpoints = data?.apis.nodes.flatMap((api) => api.endpoints.nodes) ?? [];
  return [...new Set(endpoints.flatMap(({ agents }) => agents.map(({ id }) => id)))].sort();
}

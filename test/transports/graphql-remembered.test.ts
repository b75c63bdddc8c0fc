import {
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isObjectType,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildSchema } from '../../src/transports/graphql/build-schema.js';
import {
  catalogRoots,
  volatileFields,
} from '../../src/transports/graphql/compiled/is-catalog-read.js';
import { type GraphqlHarness, openGraphqlHarness } from '../support/graphql-harness.js';
import { type SeededCatalog, seedCatalog } from '../support/seed-catalog.js';
import { seedMcpTools } from '../support/seed-mcp-tools.js';

let harness: GraphqlHarness;
let catalog: SeededCatalog;

beforeAll(async () => {
  vi.stubEnv('GRAPHQL_COMPILED', 'on');
  harness = await openGraphqlHarness();
  catalog = await seedCatalog(harness.fork(), { tenant: 'acme', apis: 2, agents: ['atlas'] });
  await seedMcpTools(harness.fork(), { tenant: 'acme', agents: ['herald'] });
  await seedCatalog(harness.fork(), { tenant: 'globex', apis: 1, agents: ['atlas'] });
});
afterAll(async () => {
  await harness[Symbol.asyncDispose]();
  vi.unstubAllEnvs();
});

type Asked = { variables?: object; headers?: object; method?: 'GET' | 'POST' };

async function ask(query: string, { variables, headers, method = 'POST' }: Asked = {}) {
  harness.statements.length = 0;
  const asked = { query, ...(variables && { variables: JSON.stringify(variables) }) };
  const reply = await harness.server.inject({
    method,
    url: method === 'GET' ? `/graphql?${new URLSearchParams(asked)}` : '/graphql',
    headers: {
      ...{ 'x-tenantid': 'acme', 'x-appid': 'shop', 'content-type': 'application/json' },
      ...headers,
    },
    ...(method === 'POST' && { payload: { query, variables } }),
  });
  return { text: reply.body, json: reply.json(), statements: harness.statements.length };
}

/** As often as it takes for an answer to be remembered. */
async function askTwice(query: string, asked: Asked = {}) {
  const first = await ask(query, asked);
  const second = await ask(query, asked);
  expect(second.text).toBe(first.text);
  return first;
}

describe('a query of the catalog that comes again', () => {
  const nested =
    '{ apis { totalCount nodes { name endpoints { nodes { name parameters { name schema } } } } } }';

  it('is answered from the third time on without a statement', async () => {
    const first = await askTwice(nested);
    expect(first.statements).toBeGreaterThan(0);
    const third = await ask(nested);
    expect([third.text, third.statements]).toEqual([first.text, 0]);
    expect((await ask(nested, { method: 'GET' })).text).toBe(first.text);
  });

  it('shows what was written since', async () => {
    const query = 'query ($id: ID!) { endpoint(id: $id) { description } catalogRevision }';
    const variables = { id: catalog.endpointIds[3] };
    await askTwice(query, { variables });
    for (const description of ['one', 'two']) {
      await ask(
        'mutation ($input: UpdateEndpointInput!) { updateEndpoint(input: $input) { id } }',
        {
          variables: { input: { ...variables, description } },
        },
      );
      for (const _ of [1, 2, 3]) {
        const { json } = await ask(query, { variables });
        expect(json.data.endpoint).toEqual({ description });
      }
    }
  });

  it('is another one with other variables, under another name and for another asker', async () => {
    const query =
      'query A($id: ID!) { agent(id: $id) { id toolCount } } query B { apis { totalCount } }';
    const named = async (operationName: string, headers: object = {}) => {
      const reply = await harness.server.inject({
        method: 'POST',
        url: '/graphql',
        headers: { 'x-tenantid': 'acme', 'x-appid': 'shop', ...headers },
        payload: { query, operationName, variables: { id: 'atlas' } },
      });
      return reply.json().data;
    };
    for (const _ of [1, 2, 3]) {
      expect(await named('A')).toEqual({ agent: { id: 'atlas', toolCount: 2 } });
      expect(await named('A', { 'x-tenantid': 'globex' })).toMatchObject({
        agent: { toolCount: 1 },
      });
      expect(await named('B')).toEqual({ apis: { totalCount: 2 } });
      expect(await named('B', { 'x-appid': 'other' })).toEqual({ apis: { totalCount: 0 } });
      expect(await named('B', { 'x-tenantid': 'initech' })).toEqual({ apis: { totalCount: 0 } });
    }
    const other = await ask('query A($id: ID!) { agent(id: $id) { toolCount } }', {
      variables: { id: 'nobody' },
    });
    expect(other.json.data).toEqual({ agent: { toolCount: 0 } });
  });

  it('is asked anew where it failed, by each caller for itself', async () => {
    const query = '{ apis(first: 5000) { totalCount } agent(id: "atlas") { toolCount } }';
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => ask(query)));
    for (const { json } of answers) {
      expect(json.errors).toMatchObject([
        { path: ['apis'], extensions: { code: 'BAD_USER_INPUT' } },
      ]);
    }
  });

  it('is read as one moment: every part is of the revision that it tells', async () => {
    const query =
      '{ catalogRevision agents { id catalogRevision toolCount } apis { nodes { endpointCount } } }';
    await askTwice(query);
    const { json } = await ask(query);
    expect(json.data.agents[0].catalogRevision).toBe(json.data.catalogRevision);
  });
});

describe('what else is asked', () => {
  it.each([
    ['calls', '{ calls { totalCount } }'],
    ['the log', '{ catalogChanges(after: "0") { revision } }'],
    [
      'entities',
      '{ _entities(representations: [{ __typename: "Agent", id: "atlas" }]) { ... on Agent { tools { totalCount } } } apis { totalCount } }',
    ],
    [
      'how the server of a tool does',
      '{ agent(id: "herald") { tools { nodes { id ... on McpTool { server { status } } } } } }',
    ],
    [
      'how it does, by way of a fragment',
      '{ agents { tools { nodes { ...F } } } } fragment F on McpTool { it: server { listedAt } }',
    ],
    ['servers', '{ mcpServers { status } apis { totalCount } }'],
    [
      'calls by way of a fragment',
      'query { apis { totalCount } ...F } fragment F on Query { ... { calls { totalCount } } }',
    ],
  ])('is never remembered: %s', async (_what, query) => {
    await askTwice(query);
    expect((await ask(query)).statements).toBeGreaterThan(0);
  });

  it('cannot be reached from a query that is remembered', () => {
    expect([...reachable(buildSchema(), catalogRoots)].sort()).toEqual([
      'Agent',
      'Api',
      'ApiConnection',
      'ApiEdge',
      'Endpoint',
      'EndpointConnection',
      'EndpointEdge',
      'HeldMcpTool',
      'LeftOutTool',
      'LocalTool',
      'McpTool',
      'PageInfo',
      'Parameter',
      'ScoreDeduction',
      'SecurityScheme',
      'Skill',
      'SkillFile',
      'SkillFileContent',
      'SkillVersion',
      'SkippedOperation',
      'SpecProblem',
      'ToolConnection',
      'ToolEdge',
      'ToolExport',
      'ToolExportNote',
    ]);
  });
});

/** Object types below such fields of `Query`. Each must say nothing but what a new revision tells the change of. */
function reachable(schema: GraphQLSchema, roots: ReadonlySet<string>): Set<string> {
  const found = new Set<string>();
  const visit = (type: GraphQLNamedType) => {
    if (isAbstractType(type)) for (const one of schema.getPossibleTypes(type)) visit(one);
    if (!isObjectType(type) || found.has(type.name)) return;
    found.add(type.name);
    for (const field of Object.values(type.getFields())) {
      if (!volatileFields.has(field.name)) visit(getNamedType(field.type));
    }
  };
  for (const field of Object.values(schema.getQueryType()?.getFields() ?? {})) {
    if (roots.has(field.name)) visit(getNamedType(field.type));
  }
  return found;
}

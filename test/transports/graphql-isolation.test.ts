import {
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLObjectType,
  getNamedType,
  isInputObjectType,
  isObjectType,
  isUnionType,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backfillSearch } from '../../src/agents/backfill-search.js';
import { encodeCursor } from '../../src/lib/page.js';
import { buildSchema } from '../../src/transports/graphql/build-schema.js';
import {
  AgentToolsDocument,
  ApisDocument,
  AssignToolsDocument,
  NestedCatalogDocument,
  SubmitCallDocument,
  UploadSkillDocument,
} from '../generated/documents.js';
import { aSkillZip } from '../support/archives.js';
import { type GraphqlHarness, openGraphqlHarness } from '../support/graphql-harness.js';
import { type SeededCatalog, seedCalls, seedCatalog } from '../support/seed-catalog.js';
import { seedMcpTools } from '../support/seed-mcp-tools.js';

/** What a tenant knows of its own catalog, or of one that nobody has. */
type Names = {
  app: string;
  api: string;
  endpoint: string;
  parameter: string;
  agent: string;
  mcpServer: string;
  mcpTool: string;
  cursor: string;
  toolCursor: string;
  callCursor: string;
  submitted: string;
  letter: string;
  skill: string;
};
type Probe = { query: string; variables?: (names: Names) => Record<string, unknown> };

const document = JSON.stringify({
  openapi: '3.1.0',
  info: { title: 'T', version: '1' },
  paths: {},
});
const api = `id appId name baseUrl headerNames endpointCount
  securitySchemes { name type where hasCredential } endpoints { totalCount nodes { id } }`;
const endpoint = `id name method description enabled inputSchema outputSchema api { id } parameters { id }
  agents { id toolCount }`;
const change = 'kind name agents { id }';
const call = 'totalCount nodes { id agentId endpointId toolName outcome }';
const callResult = 'outcome result error { code message } status request { url }';

const submitted = 'id agentId toolName state submittedAt result { outcome }';
const letter = 'id reason error callId';

const mcpTool =
  'id name description inputSchema grade reasons held { fingerprint } server { id name }';
const skill =
  'id name description content contentHash files { path } versions { version } tools { id }';
const mcpServer = `id appId name serverUrl status hasAccessToken tools { ${mcpTool} }`;

/** By field: every place where an id, a cursor or a name of another tenant can be said. */
const probes: Record<string, Probe[]> = {
  'Query.api': [{ query: `query ($api: ID!) { api(id: $api) { ${api} } }` }],
  'Query.apis': [
    { query: `query ($cursor: String) { apis(after: $cursor) { totalCount nodes { ${api} } } }` },
    { query: `query ($app: String) { apis(appId: $app) { totalCount nodes { ${api} } } }` },
    { query: `{ apis { totalCount nodes { ${api} } } }` },
  ],
  'Query.endpoint': [
    { query: `query ($endpoint: ID!) { endpoint(id: $endpoint) { ${endpoint} } }` },
  ],
  'Query.agent': [
    {
      query: `query ($agent: ID!) { agent(id: $agent) { id toolCount mcpTools catalogRevision
        tools { totalCount nodes { id name } } } }`,
    },
    {
      query: `query ($agent: ID!, $toolCursor: String) {
        agent(id: $agent) { tools(after: $toolCursor) { nodes { id } } } }`,
    },
    {
      query: `query ($agent: ID!) {
        agent(id: $agent) { exportTools(format: ANTHROPIC) { tools leftOut { tool } } } }`,
    },
  ],
  'Query.agents': [{ query: '{ agents { id toolCount } }' }],
  'Query.catalogRevision': [{ query: '{ catalogRevision }' }],
  'Query.catalogChanges': [
    {
      query: `query ($agent: ID) { catalogChanges(after: "0", agentId: $agent) { revision kind
        agents { id } api { id } endpoint { id } mcpServer { id } } }`,
    },
    { query: '{ catalogChanges(after: "0") { revision kind agents { id } } }' },
  ],
  'Query.calls': [
    { query: `{ calls { ${call} } }` },
    { query: `query ($agent: ID) { calls(agentId: $agent) { ${call} } }` },
    { query: `query ($endpoint: ID) { calls(endpointId: $endpoint) { ${call} } }` },
    { query: `query ($callCursor: String) { calls(after: $callCursor) { ${call} } }` },
  ],
  'Query.call': [{ query: `query ($submitted: ID!) { call(id: $submitted) { ${submitted} } }` }],
  'Query.deadLetters': [
    { query: `{ deadLetters { ${letter} } }` },
    { query: `query ($letter: ID) { deadLetters(first: 1, after: $letter) { ${letter} } }` },
  ],
  'Query.searchTools': [
    { query: '{ searchTools(query: "get 01 their tool") { tool { id name } score reasons } }' },
    { query: '{ searchTools(query: "their_tool", kind: MCP) { tool { id name } reasons } }' },
    {
      query: `query ($agent: ID) {
        searchTools(query: "get 01 their tool", agentId: $agent) { tool { id name } tokens } }`,
    },
  ],
  'Query.planSync': [
    {
      query: `query ($input: SyncApiInput!) { planSync(input: $input) { outcome blocked
        agents { id } changes { ${change} } } }`,
      variables: ({ api }) => ({ input: { apiId: api, source: { text: document } } }),
    },
    {
      query: `query ($input: SyncApiInput!) { planSync(input: $input) { outcome blocked } }`,
      variables: () => ({ input: { name: 'api-01', source: { text: document } } }),
    },
  ],
  'Mutation.syncApi': [
    {
      query: `mutation ($input: SyncApiInput!) { syncApi(input: $input) { __typename
        ... on SyncConflict { message agents { id } changes { ${change} } } } }`,
      variables: ({ api }) => ({ input: { apiId: api, source: { text: document } } }),
    },
  ],
  'Mutation.deleteApi': [{ query: 'mutation ($api: ID!) { deleteApi(id: $api) }' }],
  'Mutation.updateApi': [
    {
      query: `mutation ($input: UpdateApiInput!) { updateApi(input: $input) { ${api} } }`,
      variables: ({ api }) => ({ input: { id: api, name: 'Mine', headers: {} } }),
    },
  ],
  'Mutation.updateEndpoint': [
    {
      query: `mutation ($input: UpdateEndpointInput!) { updateEndpoint(input: $input) { ${endpoint} } }`,
      variables: ({ endpoint }) => ({ input: { id: endpoint, name: 'mine', enabled: false } }),
    },
  ],
  'Mutation.describeEndpoint': [
    { query: `mutation ($endpoint: ID!) { describeEndpoint(id: $endpoint) { ${endpoint} } }` },
  ],
  'Mutation.assignTools': [
    {
      query: `mutation ($agent: ID!, $endpoint: ID!) {
        assignTools(agentId: $agent, endpointIds: [$endpoint]) { id toolCount } }`,
    },
  ],
  'Mutation.unassignTools': [
    {
      query: `mutation ($agent: ID!, $endpoint: ID!) {
        unassignTools(agentId: $agent, endpointIds: [$endpoint]) { id toolCount } }`,
    },
  ],
  'Mutation.assignMcpTools': [
    {
      query: `mutation ($agent: ID!, $mcpTool: String!) {
        assignMcpTools(agentId: $agent, tools: [$mcpTool]) { id toolCount } }`,
    },
    {
      query: `mutation ($agent: ID!) {
        assignMcpTools(agentId: $agent, tools: ["their_tool", "their-server/their_tool"]) { id toolCount } }`,
    },
  ],
  'Mutation.submitCall': [
    {
      query: `mutation ($agent: ID!) {
        submitCall(agentId: $agent, name: "get_01") { ${submitted} } }`,
    },
  ],
  'Mutation.replayDeadLetter': [
    { query: `mutation ($letter: ID!) { replayDeadLetter(id: $letter) { ${letter} } }` },
  ],
  'Mutation.callTool': [
    {
      query: `mutation ($agent: ID!, $name: String!) {
        callTool(agentId: $agent, name: $name) { ${callResult} } }`,
      variables: ({ agent }) => ({ agent, name: 'get_01' }),
    },
    {
      query: `mutation ($agent: ID!, $name: String!) {
        callTool(agentId: $agent, name: $name) { ${callResult} } }`,
      variables: ({ agent }) => ({ agent, name: 'their_tool' }),
    },
  ],
  'Mutation.testEndpoint': [
    { query: `mutation ($endpoint: ID!) { testEndpoint(id: $endpoint) { ${callResult} } }` },
  ],
  'Mutation.setApiCredential': [
    {
      query: `mutation ($input: SetApiCredentialInput!) { setApiCredential(input: $input) { ${api} } }`,
      variables: ({ api }) => ({ input: { apiId: api, scheme: 'key', value: 'ours' } }),
    },
  ],
  'Mutation.removeApiCredential': [
    {
      query: `mutation ($api: ID!) { removeApiCredential(apiId: $api, scheme: "key") { ${api} } }`,
    },
  ],
  'Query.skill': [
    { query: `query ($skill: ID!) { skill(id: $skill) { ${skill} } }` },
    { query: `{ skill(name: "their-skill") { ${skill} file(path: "SKILL.md") { text } } }` },
  ],
  'Query.skills': [
    { query: `{ skills { ${skill} } }` },
    { query: `query ($agent: ID) { skills(agentId: $agent) { ${skill} } }` },
  ],
  'Mutation.uploadSkill': [
    { query: `mutation { uploadSkill(archive: "their-skill") { outcome skill { ${skill} } } }` },
  ],
  'Mutation.removeSkill': [{ query: 'mutation ($skill: ID!) { removeSkill(id: $skill) }' }],
  'Query.mcpServer': [
    { query: `query ($mcpServer: ID!) { mcpServer(id: $mcpServer) { ${mcpServer} } }` },
  ],
  'Query.mcpServers': [
    { query: `{ mcpServers { ${mcpServer} } }` },
    { query: `query ($app: String) { mcpServers(appId: $app) { ${mcpServer} } }` },
  ],
  'Mutation.registerMcpServer': [
    {
      query: `mutation ($input: RegisterMcpServerInput!) { registerMcpServer(input: $input) { ${mcpServer} } }`,
      variables: () => ({ input: { serverUrl: 'ftp://x', name: 'their-server' } }),
    },
  ],
  'Mutation.updateMcpServer': [
    {
      query: `mutation ($input: UpdateMcpServerInput!) { updateMcpServer(input: $input) { ${mcpServer} } }`,
      variables: ({ mcpServer }) => ({ input: { id: mcpServer, name: 'ours' } }),
    },
  ],
  'Mutation.updateMcpServerTokens': [
    {
      query: `mutation ($mcpServer: ID!) {
        updateMcpServerTokens(id: $mcpServer, input: { accessToken: "ours" }) { ${mcpServer} } }`,
    },
  ],
  'Mutation.setMcpServerActive': [
    {
      query: `mutation ($mcpServer: ID!) {
        setMcpServerActive(id: $mcpServer, isActive: false) { ${mcpServer} } }`,
    },
  ],
  'Mutation.refreshMcpServer': [
    { query: `mutation ($mcpServer: ID!) { refreshMcpServer(id: $mcpServer) { ${mcpServer} } }` },
  ],
  'Mutation.beginMcpAuthorization': [
    {
      query: `mutation ($mcpServer: ID!) { beginMcpAuthorization(id: $mcpServer) { url } }`,
    },
  ],
  'Mutation.finishMcpAuthorization': [
    {
      query: `mutation ($mcpServer: String!) {
        finishMcpAuthorization(state: $mcpServer, code: "x") { ${mcpServer} } }`,
    },
  ],
  'Mutation.removeMcpServer': [
    { query: 'mutation ($mcpServer: ID!) { removeMcpServer(id: $mcpServer) }' },
  ],
  'Mutation.approveMcpTool': [
    { query: `mutation ($mcpTool: ID!) { approveMcpTool(id: $mcpTool) { ${mcpTool} } }` },
  ],
  'Entity.Api': [anEntity('Api', `... on Api { ${api} }`, ({ api }) => ({ id: api }))],
  'Entity.Endpoint': [
    anEntity('Endpoint', `... on Endpoint { ${endpoint} }`, ({ endpoint }) => ({ id: endpoint })),
  ],
  'Entity.Parameter': [
    anEntity('Parameter', '... on Parameter { id name }', ({ parameter }) => ({ id: parameter })),
  ],
  'Entity.McpServer': [
    anEntity('McpServer', `... on McpServer { ${mcpServer} }`, ({ mcpServer }) => ({
      id: mcpServer,
    })),
  ],
  'Entity.McpTool': [
    anEntity('McpTool', `... on McpTool { ${mcpTool} }`, ({ mcpTool }) => ({ id: mcpTool })),
  ],
  'Entity.Skill': [anEntity('Skill', `... on Skill { ${skill} }`, ({ skill }) => ({ id: skill }))],
  'Entity.Agent': [
    anEntity(
      'Agent',
      '... on Agent { id toolCount mcpTools tools { nodes { id } } }',
      ({ agent }) => ({
        id: agent,
      }),
    ),
  ],
};

/** The same for every tenant, or nothing but the caller's own document. */
const shared = ['Query.localTools', 'Query.previewSpec', 'Query._service', 'Entity.LocalTool'];

/** Fields below the roots that take arguments; none of these takes an id. */
const filters = ['Api.endpoints', 'Agent.tools', 'Agent.exportTools', 'Skill.file'];

const schema = buildSchema();
let harness: GraphqlHarness;
let theirs: SeededCatalog;
let foreign: Names;
const unknown: Names = {
  app: 'no-app',
  api: '00000000-0000-4000-8000-000000000001',
  endpoint: '00000000-0000-4000-8000-000000000002',
  parameter: '00000000-0000-4000-8000-000000000003',
  agent: 'nobody',
  mcpServer: '00000000-0000-4000-8000-000000000008',
  mcpTool: '00000000-0000-4000-8000-000000000007',
  cursor: encodeCursor(['zzz', '00000000-0000-4000-8000-000000000004']),
  toolCursor: encodeCursor([0, '00000000-0000-4000-8000-000000000005']),
  callCursor: encodeCursor([2_000_000_000, 0, '00000000-0000-4000-8000-000000000006']),
  submitted: '00000000-0000-4000-8000-000000000009',
  letter: '2000000000000-0',
  skill: '00000000-0000-4000-8000-00000000000a',
};

beforeAll(async () => {
  harness = await openGraphqlHarness();
  const as = { tenant: 'them', app: 'their-app' };
  theirs = await seedCatalog(harness.fork(), { ...as, apis: 2 });
  const { serverIds, toolIds } = await seedMcpTools(harness.fork(), {
    ...as,
    ...{ servers: ['their-server'], tools: ['their_tool'], agents: ['atlas'] },
  });
  await backfillSearch(harness.fork());
  const endpointIds = theirs.endpointIds.slice(0, 2);
  await harness.ask(AssignToolsDocument, { agentId: 'atlas', endpointIds }, as);
  const apis = await harness.ask(ApisDocument, {}, as);
  const tools = await harness.ask(AgentToolsDocument, { id: 'atlas' }, as);
  const callIds = await seedCalls(harness.fork(), {
    ...{ tenant: as.tenant, agent: 'atlas', calls: 3 },
    ...{ apiId: theirs.apiIds[0] ?? '', endpointId: endpointIds[0] ?? '' },
  });
  foreign = {
    app: as.app,
    api: theirs.apiIds[0] ?? '',
    endpoint: theirs.endpointIds[0] ?? '',
    parameter: theirs.parameterIds[0] ?? '',
    agent: 'atlas',
    mcpServer: serverIds[0] ?? '',
    mcpTool: toolIds[0] ?? '',
    cursor: apis.data?.apis.edges[0]?.cursor ?? '',
    toolCursor: tools.data?.agent.tools.edges[0]?.cursor ?? '',
    callCursor: encodeCursor([2_100_000_000, 0, callIds[0] ?? '']),
    submitted: await submitAs(as),
    letter: await seedDeadLetters(as.tenant),
    skill: await uploadAs(as),
  };
});
afterAll(() => harness[Symbol.asyncDispose]());

describe('every field that can be asked', () => {
  it('has a probe, or is the same for every tenant', () => {
    expect([...Object.keys(probes), ...shared].sort()).toEqual(askable().sort());
  });

  it('has a probe for every id that it takes', () => {
    const unprobed = rootFields().flatMap(({ name, args }) => {
      const said = (probes[name] ?? []).map(({ query, variables }) =>
        JSON.stringify([query, variables?.(unknown)]),
      );
      return idsOf(args)
        .filter((id) => !said.some((text) => new RegExp(`\\b${id}"?:`).test(text)))
        .map((id) => `${name}(${id})`);
    });
    expect(unprobed).toEqual([]);
  });

  // Their tests are in test/transports/live.
  it('has two subscriptions', () => {
    const fields = schema.getSubscriptionType()?.getFields() ?? {};
    expect(Object.keys(fields)).toEqual(['catalogChanged', 'callFinished']);
  });

  it('takes ids nowhere below the roots', () => {
    const nested = objectTypes()
      .filter(({ name }) => !['Query', 'Mutation', 'Subscription'].includes(name))
      .flatMap((type) => Object.values(type.getFields()).map((field) => ({ type, field })))
      .filter(({ field }) => field.args.length > 0);
    expect(nested.map(({ type, field }) => `${type.name}.${field.name}`).sort()).toEqual(
      filters.sort(),
    );
    expect(nested.flatMap(({ field }) => idsOf(field.args))).toEqual([]);
  });
});

describe('what another tenant has', () => {
  const all = Object.entries(probes).flatMap(([field, list]) =>
    list.map((probe, index) => [`${field} #${index + 1}`, probe] as const),
  );

  it.each(all)('answers %s exactly like what does not exist', async (_name, probe) => {
    const before = await snapshot();
    const answer = await send(probe, foreign);
    expect(redact(answer, foreign)).toEqual(redact(await send(probe, unknown), unknown));
    for (const secret of [...theirs.apiIds, ...theirs.endpointIds, ...theirs.parameterIds]) {
      expect(redact(answer, foreign)).not.toContain(secret);
    }
    expect(await snapshot()).toEqual(before);
  });

  const reads = all.filter(([name]) => !name.startsWith('Mutation.'));
  it.each(reads)(
    'is there for its own tenant, so that %s could have shown it',
    async (_name, probe) => {
      const own = await send(probe, foreign, 'them');
      expect(redact(own, foreign)).not.toEqual(redact(await send(probe, foreign), foreign));
    },
  );
});

async function uploadAs(as: { tenant: string; app: string }): Promise<string> {
  const archive = aSkillZip('their-skill', { tools: ['get_01'] }).toString('base64');
  const { data, errors } = await harness.ask(UploadSkillDocument, { archive }, as);
  if (!data) throw new Error(JSON.stringify(errors));
  return data.uploadSkill.skill.id;
}

async function submitAs(as: { tenant: string; app: string }): Promise<string> {
  const name = 'get_01';
  const { data, errors } = await harness.ask(SubmitCallDocument, { agentId: 'atlas', name }, as);
  if (!data) throw new Error(JSON.stringify(errors));
  return data.submitCall.id;
}

/** Two, and the id of the newer one. */
async function seedDeadLetters(tenant: string): Promise<string> {
  const { requests } = harness.submitted;
  await requests.append({ data: 'one' });
  await requests.append({ data: 'two' });
  const { signal } = new AbortController();
  const entries = await requests.read({ consumer: 'test', count: 10, blockMs: 0, signal });
  const about = { reason: 'invalid', error: 'It is no request.', traceId: '' } as const;
  for (const entry of entries) {
    await requests.settle(entry, { replies: [], deadLetter: { tenant, ...about }, isDone: true });
  }
  return (await requests.listDeadLetters({ first: 1, after: null }))[0]?.id ?? '';
}

function anEntity(type: string, selection: string, key: (names: Names) => object): Probe {
  return {
    query: `query ($of: [_Any!]!) { _entities(representations: $of) { __typename ${selection} } }`,
    variables: (names) => ({ of: [{ __typename: type, ...key(names) }] }),
  };
}

async function send({ query, variables }: Probe, names: Names, tenant = 'us'): Promise<string> {
  const reply = await harness.server.inject({
    method: 'POST',
    url: '/graphql',
    headers: { 'x-tenantid': tenant, 'x-appid': 'their-app' },
    payload: { query, variables: variables?.(names) ?? names },
  });
  return reply.body;
}

/** What the caller said itself may come back. */
function redact(answer: string, names: Names): string {
  return Object.entries(names).reduce(
    (text, [name, value]) => text.replaceAll(value, `<${name}>`),
    answer,
  );
}

async function snapshot() {
  const { data } = await harness.ask(
    NestedCatalogDocument,
    { first: 100 },
    { tenant: 'them', app: 'their-app' },
  );
  return data;
}

function objectTypes(): GraphQLObjectType[] {
  return Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter(({ name }) => !name.startsWith('_'));
}

function rootFields(): { name: string; args: readonly GraphQLArgument[] }[] {
  return [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
    Object.values(type?.getFields() ?? {}).map(({ name, args }) => ({
      name: `${type?.name}.${name}`,
      args,
    })),
  );
}

function askable(): string[] {
  const entity = schema.getType('_Entity');
  const entities = isUnionType(entity) ? entity.getTypes().map(({ name }) => `Entity.${name}`) : [];
  return [
    ...rootFields()
      .map(({ name }) => name)
      .filter((name) => name !== 'Query._entities'),
    ...entities,
  ];
}

/** Names of the arguments, and of fields of inputs, that hold an id. */
function idsOf(args: readonly { name: string; type: GraphQLInputType }[]): string[] {
  return args.flatMap(({ name, type }) => {
    const named = getNamedType(type);
    if (isInputObjectType(named)) return idsOf(Object.values(named.getFields()));
    return named.name === 'ID' ? [name] : [];
  });
}

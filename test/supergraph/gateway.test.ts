import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAgentsSubgraph } from '../../examples/supergraph/agents-subgraph.js';
import { composeSupergraph } from '../../examples/supergraph/compose-supergraph.js';
import { type Gateway, startGateway } from '../../examples/supergraph/start-gateway.js';
import { aDocument } from '../support/documents.js';
import { aTestApp } from '../support/test-app.js';

type Headers = Record<string, string>;
type Answer<Data> = { data: Data; errors?: { message: string; extensions?: { code?: string } }[] };

const forwardedHeaders = ['x-tenantId', 'x-appId'];
const callerOf = (tenant: string) => ({ 'x-tenantId': tenant, 'x-appId': 'shop' });

const stack = new AsyncDisposableStack();
const gateways: Record<string, string> = {};
const asked: string[] = [];
let hive: Gateway;
let hiveOverSse: Gateway;

beforeAll(async () => {
  const app = stack.use(await aTestApp());
  const toolgraph = `${await app.server.listen({ port: 0, host: '127.0.0.1' })}/graphql`;
  const agents = stack.use(await startAgentsSubgraph());
  const supergraph = await composeSupergraph({ toolgraph, agents: agents.url });
  const onSubgraph = (name: string) => asked.push(name);
  const options = { supergraph, forwardedHeaders, onSubgraph };
  hive = stack.use(await startGateway({ ...options, subscriptions: 'ws' }));
  hiveOverSse = stack.use(await startGateway({ ...options, subscriptions: 'sse' }));
  gateways['Hive Gateway'] = hive.url;
  gateways['Apollo Gateway'] = await startApolloGateway(supergraph);
});

afterAll(() => stack.disposeAsync());

async function startApolloGateway(supergraphSdl: string): Promise<string> {
  const server = new ApolloServer<{ headers: Headers }>({
    gateway: new ApolloGateway({
      supergraphSdl,
      buildService: ({ name, url = '' }) =>
        new RemoteGraphQLDataSource<{ headers?: Headers }>({
          url,
          willSendRequest: ({ request, context }) => {
            asked.push(name);
            for (const [header, value] of Object.entries<string>(context.headers ?? {})) {
              request.http?.headers.set(header, value);
            }
          },
        }),
    }),
    stopOnTerminationSignals: false,
  });
  stack.defer(() => server.stop());
  const { url } = await startStandaloneServer(server, {
    listen: { port: 0, host: '127.0.0.1' },
    context: async ({ req }) => ({
      headers: Object.fromEntries(
        forwardedHeaders.map((name) => [name, String(req.headers[name.toLowerCase()] ?? '')]),
      ),
    }),
  });
  return url;
}

async function ask<Data>(
  url: string,
  query: string,
  variables: Record<string, unknown>,
  tenant: string,
): Promise<Answer<Data>> {
  asked.length = 0;
  const answer = await fetch(url, {
    method: 'POST',
    headers: { ...callerOf(tenant), 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  return (await answer.json()) as Answer<Data>;
}

const pets = aDocument([
  { id: 'listPets', path: '/pets' },
  { id: 'getPet', path: '/pets/{petId}' },
  { id: 'listVets', path: '/vets' },
]);

type Synced = { syncApi: { revision: string; api: { endpoints: { nodes: { id: string }[] } } } };

/** Each test has a tenant of its own. */
async function sync(url: string, tenant: string): Promise<string[]> {
  const { data, errors } = await ask<Synced>(
    url,
    `mutation ($document: JSON!) {
      syncApi(input: { source: { document: $document } }) {
        ... on SyncApiSuccess { revision api { endpoints { nodes { id } } } }
      }
    }`,
    { document: pets },
    tenant,
  );
  expect(errors).toBeUndefined();
  return data.syncApi.api.endpoints.nodes.map(({ id }) => id);
}

const assign = `mutation ($agentId: ID!, $endpointIds: [ID!]!) {
  assignTools(agentId: $agentId, endpointIds: $endpointIds) { id displayName toolCount }
}`;

describe.each(['Hive Gateway', 'Apollo Gateway'])('through %s', (name) => {
  const gateway = () => gateways[name] ?? '';
  const tenant = (of: string) => `${name.split(' ')[0]?.toLowerCase()}-${of}`;

  it('writes, and joins the answer with what the other subgraph knows', async () => {
    const endpointIds = await sync(gateway(), tenant('writes'));
    expect(endpointIds).toHaveLength(3);
    const variables = { agentId: 'atlas', endpointIds };
    const { data } = await ask(gateway(), assign, variables, tenant('writes'));
    expect(data).toEqual({
      assignTools: { id: 'atlas', displayName: 'Atlas, who keeps the shop', toolCount: 3 },
    });
  });

  it('reads the tools of all agents of another subgraph in one batch', async () => {
    const endpointIds = await sync(gateway(), tenant('reads'));
    for (const [agentId, count] of [['atlas', 2] as const, ['hermes', 1] as const]) {
      const variables = { agentId, endpointIds: endpointIds.slice(0, count) };
      await ask(gateway(), assign, variables, tenant('reads'));
    }
    const { data, errors } = await ask(
      gateway(),
      `{ people { id displayName toolCount tools { nodes {
          name kind ... on Endpoint { method api { name } agents { displayName } }
      } } } }`,
      {},
      tenant('reads'),
    );
    expect(errors).toBeUndefined();
    const api = { name: 'Pets' };
    const atlas = { displayName: 'Atlas, who keeps the shop' };
    const hermes = { displayName: 'Hermes, who answers letters' };
    const tool = (name: string, agents: object[]) => ({
      ...{ name, kind: 'ENDPOINT', method: 'GET', api, agents },
    });
    expect(data).toEqual({
      people: [
        {
          ...{ id: 'atlas', ...atlas, toolCount: 2 },
          tools: { nodes: [tool('listPets', [atlas, hermes]), tool('getPet', [atlas])] },
        },
        {
          ...{ id: 'hermes', ...hermes, toolCount: 1 },
          tools: { nodes: [tool('listPets', [atlas, hermes])] },
        },
        { id: 'iris', displayName: 'Iris, who has no tools', toolCount: 0, tools: { nodes: [] } },
      ],
    });
    expect(asked).toEqual(['agents', 'toolgraph', 'agents']);
  });

  it('tells what is wrong in the words and the code of the subgraph', async () => {
    const variables = { agentId: 'atlas', endpointIds: ['8c2f2b5e-7a83-4d0e-9d1c-000000000000'] };
    const { errors } = await ask(gateway(), assign, variables, tenant('errs'));
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(errors?.[0]?.message).toContain('8c2f2b5e-7a83-4d0e-9d1c-000000000000');
  });

  it('keeps tenants apart by the headers that it forwards', async () => {
    const [id = ''] = await sync(gateway(), tenant('victim'));
    const endpoint = 'query ($id: ID!) { endpoint(id: $id) { name } apis { totalCount } }';
    expect((await ask(gateway(), endpoint, { id }, tenant('victim'))).data).toEqual({
      endpoint: { name: 'listPets' },
      apis: { totalCount: 1 },
    });
    expect((await ask(gateway(), endpoint, { id }, tenant('other'))).data).toEqual({
      endpoint: null,
      apis: { totalCount: 0 },
    });
  });
});

describe('subscribed through Hive Gateway', () => {
  const subscription = `subscription ($after: Revision) {
    catalogChanged(after: $after) { revision kind agents { displayName toolCount } }
  }`;
  const change = (revision: string, kind: string, toolCount?: number) => ({
    catalogChanged: {
      ...{ revision, kind },
      agents:
        toolCount === undefined ? [] : [{ displayName: 'Atlas, who keeps the shop', toolCount }],
    },
  });

  it.each([
    ['websocket', 'websocket', () => hive, overWebsocket],
    ['websocket', 'Server-Sent Events', () => hiveOverSse, overWebsocket],
    ['Server-Sent Events', 'websocket', () => hive, overSse],
    ['Server-Sent Events', 'Server-Sent Events', () => hiveOverSse, overSse],
  ])(
    'by %s from the client and %s to the subgraph: what was missed, then what happens, joined with the other subgraph',
    async (client, upstream, gateway, subscribe) => {
      const tenant = `live-${client}-${upstream}`.replaceAll(' ', '-');
      const endpointIds = await sync(gateway().url, tenant);
      const changes = subscribe(gateway(), tenant, {
        query: subscription,
        variables: { after: '0' },
      });
      expect((await changes.next()).value).toMatchObject({ data: change('1', 'API_SYNCED') });
      for (const [index, id] of endpointIds.entries()) {
        const variables = { agentId: 'atlas', endpointIds: [id] };
        await ask(gateway().url, assign, variables, tenant);
        await ask(gateway().url, assign, variables, `${tenant}-other`);
        expect((await changes.next()).value).toMatchObject({
          data: change(String(index + 2), 'TOOLS_ASSIGNED', index + 1),
        });
      }
      await changes.return?.();
    },
  );
});

type Operation = { query: string; variables: Record<string, unknown> };

function overWebsocket({ wsUrl }: Gateway, tenant: string, operation: Operation) {
  const client = createWsClient({ url: wsUrl, connectionParams: callerOf(tenant) });
  stack.defer(() => client.dispose());
  return client.iterate(operation);
}

function overSse({ url }: Gateway, tenant: string, operation: Operation) {
  const client = createSseClient({ url, headers: callerOf(tenant) });
  stack.defer(() => client.dispose());
  return client.iterate(operation);
}

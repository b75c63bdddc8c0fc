import { readFile } from 'node:fs/promises';
import { createClient } from 'graphql-ws';
import { startAgentsSubgraph } from './agents-subgraph.js';
import { composeSupergraph } from './compose-supergraph.js';
import { type Gateway, startGateway } from './start-gateway.js';
import { startToolgraph } from './start-toolgraph.js';

const headers = { 'x-tenantId': 'demo', 'x-appId': 'shop' };

type Step = { says: string; query: string; variables?: Record<string, unknown> };
type Data = Record<string, unknown>;

await using stack = new AsyncDisposableStack();
const toolgraph = stack.use(await startToolgraph());
const agents = stack.use(await startAgentsSubgraph());
const asked = new Set<string>();
const gateway = stack.use(
  await startGateway({
    supergraph: await composeSupergraph({ toolgraph: toolgraph.url, agents: agents.url }),
    forwardedHeaders: Object.keys(headers),
    subscriptions: 'ws',
    onSubgraph: (name) => asked.add(name),
  }),
);

const synced = await run({
  says: 'A document goes in, through the gateway',
  query: `mutation ($text: String!) {
    syncApi(input: { source: { text: $text } }) {
      ... on SyncApiSuccess { outcome endpointsAdded revision api { name endpoints { nodes { id } } } }
    }
  }`,
  variables: { text: await readFile('docs/examples/pets.yaml', 'utf8') },
});
const endpointIds = idsIn(synced);

const changes = subscribe(gateway);
const event = changes.next();

await run({
  says: 'Its tools are assigned; the answer joins what both subgraphs know of the agent',
  query: `mutation ($endpointIds: [ID!]!) {
    assignTools(agentId: "atlas", endpointIds: $endpointIds) { displayName toolCount }
  }`,
  variables: { endpointIds },
});

print('The change arrives over a websocket, joined with the agent’s name', (await event).value);
await changes.return?.();

await run({
  says: 'The agents subgraph lists agents; Toolgraph is asked once for the tools of all',
  query: '{ people { id displayName toolCount tools(first: 1) { nodes { name } } } }',
});

async function run({ says, query, variables }: Step): Promise<Data> {
  asked.clear();
  const answer = await fetch(gateway.url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await answer.json()) as { data?: Data; errors?: unknown };
  if (!data || errors) throw new Error(JSON.stringify(errors));
  print(`${says} (${[...asked].join(', ')})`, data);
  return data;
}

function subscribe({ wsUrl }: Gateway): AsyncIterableIterator<unknown> {
  const client = createClient({ url: wsUrl, connectionParams: headers });
  stack.defer(() => client.dispose());
  const query = `subscription {
    catalogChanged(after: "1") { revision kind agents { displayName toolCount } }
  }`;
  return client.iterate({ query });
}

function print(title: string, data: unknown): void {
  const text = JSON.stringify(
    data,
    (key, value) => (key === 'nodes' && isIds(value) ? `${value.length} ids` : value),
    2,
  );
  console.log(`# ${title}\n${text}\n`);
}

function isIds(value: unknown): value is unknown[] {
  const isList = Array.isArray(value) && value.length > 0;
  return isList && value.every((one) => Object.keys(one).join() === 'id');
}

function idsIn(data: Data): string[] {
  return [...JSON.stringify(data).matchAll(/"id":"([^"]+)"/g)].map(([, id]) => id ?? '');
}

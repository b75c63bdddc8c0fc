import { Agent, request } from 'undici';
import type { openStorage } from '../src/storage/open-storage.js';
import { query } from '../src/storage/sql.js';
import type { Commit } from './live-server.js';
import { machineMs } from './machine-clock.js';

export type LiveWriter = AsyncDisposable & {
  /** The newest revision. */
  readonly revision: number;
  /** One write over the API. */
  write(): Promise<void>;
  /** Several, some at once. */
  writeMany(count: number): Promise<void>;
  /** Several changes by one transaction of somebody else's; the commit of the last. */
  append(count: number): Promise<Commit>;
  /** Sends lines to the bare server; when it had them. */
  post(url: string, lines: readonly string[]): Promise<number>;
};

const tenant = 'bench';
const headers = { 'x-tenantId': tenant, 'x-appId': 'bench', 'content-type': 'application/json' };
const writersAtOnce = 8;
const agentId = 'atlas';

type Storage = Awaited<ReturnType<typeof openStorage>>;

/** Prepares a catalog on the server and changes it from then on; nobody else may. */
export async function createLiveWriter(url: string, storage: Storage): Promise<LiveWriter> {
  const dispatcher = new Agent({ connections: writersAtOnce, keepAliveTimeout: 60_000 });
  const ask = async <Data>(text: string, variables: object): Promise<Data> => {
    const body = JSON.stringify({ query: text, variables });
    const answer = await request(`${url}/graphql`, { method: 'POST', headers, body, dispatcher });
    const { data, errors } = (await answer.body.json()) as { data: Data; errors?: unknown };
    if (errors) throw new Error(`The write failed: ${JSON.stringify(errors)}`);
    return data;
  };
  const endpointId = await prepareCatalog(ask);
  const em = storage.fork();
  const [row] = await query<{ revision: string }>(
    em,
    'select revision from catalog_revisions where tenant_id = $1',
    [tenant],
  );
  let revision = Number(row?.revision);
  let written = 0;
  const write = async () => {
    written += 1;
    const input = { id: endpointId, description: `Description ${written}` };
    await ask('mutation ($input: UpdateEndpointInput!) { updateEndpoint(input: $input) { id } }', {
      input,
    });
    revision += 1;
  };
  return {
    get revision() {
      return revision;
    },
    write,
    writeMany: async (count) => {
      let begun = 0;
      const writeOn = async () => {
        while (begun < count) {
          begun += 1;
          await write();
        }
      };
      await Promise.all(Array.from({ length: writersAtOnce }, writeOn));
    },
    append: async (count) => {
      await query(em, appendText, [tenant, count, endpointId, [agentId]]);
      revision += count;
      return { revision, atMs: machineMs() };
    },
    post: async (peerUrl, lines) => {
      const body = lines.join('\n');
      const answer = await request(peerUrl, { method: 'POST', body, dispatcher });
      return Number(await answer.body.text());
    },
    [Symbol.asyncDispose]: () => dispatcher.close(),
  };
}

const appendText = `with next as (
    update catalog_revisions set revision = revision + $2::int where tenant_id = $1 returning revision
  ), appended as (
    insert into catalog_changes (tenant_id, revision, kind, at, agent_ids, endpoint_id)
    select $1, revision - $2::int + place, 'ENDPOINT_UPDATED', now(), $4::text[], $3::uuid
    from next, generate_series(1, $2::int) place returning revision
  )
  select pg_notify('catalog_changed', max(revision) || ' ' || $1) from appended`;

type Ask = <Data>(text: string, variables: object) => Promise<Data>;
type Synced = { syncApi: { api: { endpoints: { nodes: { id: string }[] } } } };

async function prepareCatalog(ask: Ask): Promise<string> {
  const document = {
    openapi: '3.1.0',
    info: { title: 'Bench', version: '1' },
    servers: [{ url: 'https://bench.test' }],
    paths: { '/items': { get: { operationId: 'listItems', responses: {} } } },
  };
  const { syncApi } = await ask<Synced>(
    `mutation ($document: JSON!) { syncApi(input: { source: { document: $document } }) {
      ... on SyncApiSuccess { api { endpoints { nodes { id } } } }
    } }`,
    { document },
  );
  const ids = syncApi.api.endpoints.nodes.map(({ id }) => id);
  await ask(
    'mutation ($agentId: ID!, $ids: [ID!]!) { assignTools(agentId: $agentId, endpointIds: $ids) { id } }',
    { agentId, ids },
  );
  const [id] = ids;
  if (!id) throw new Error('The document gave no endpoint.');
  return id;
}

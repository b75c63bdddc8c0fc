import { setTimeout as sleep } from 'node:timers/promises';
import { openStorage } from '../../src/storage/open-storage.js';
import { query } from '../../src/storage/sql.js';
import { aDocument } from '../support/documents.js';
import { freePort } from '../support/free-port.js';
import { type ServerProcess, startServer } from '../support/server-process.js';
import { type Follower, followChanges } from './follow-changes.js';

export type ReplicaRun = {
  /** An empty PostgreSQL database. */
  databaseUrl: string;
  replicas: number;
  /** Catalog writes in all. */
  changes: number;
  followersPerReplica: number;
  /** Kills replicas, restarts them and cuts their database connections while changes are written. */
  faults: boolean;
};

export type ReplicaReport = {
  written: number;
  followers: { name: string; attempts: number; ends: Record<string, number> }[];
  lost: number;
  repeated: number;
  outOfOrder: number;
  kills: number;
  cuts: number;
  failedWrites: number;
  seconds: number;
};

const headers = {
  'x-tenantId': 'acme',
  'x-appId': 'shop',
  'content-type': 'application/json',
};
const agents = ['atlas', 'hermes'];

/**
 * Writes on every replica while followers of every replica listen, and compares what each got with the table. A
 * follower that is cut off resumes at another replica after its last revision.
 */
export async function runReplicas(run: ReplicaRun): Promise<ReplicaReport> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await openStorage({ driver: 'postgres', url: run.databaseUrl }));
  const replicas = await Promise.all(
    Array.from({ length: run.replicas }, () => startReplica(run.databaseUrl)),
  );
  stack.defer(async () => {
    await Promise.all(replicas.map((replica) => replica.process.end('SIGKILL')));
  });
  const urls = replicas.map(({ url }) => `${url}/graphql`);
  const endpointIds = await prepareCatalog(urls[0] ?? '');
  const followers = urls.flatMap((_, replica) =>
    Array.from({ length: run.followersPerReplica }, (_, index) => {
      const agentId = index === 0 ? null : (agents[(index - 1) % agents.length] ?? null);
      return followChanges({
        name: `${agentId ?? 'all'} from replica ${replica}`,
        urls: [...urls.slice(replica), ...urls.slice(0, replica)],
        ...{ headers, agentId },
      });
    }),
  );
  const start = performance.now();
  const writing = writeAll(urls, { endpointIds, changes: run.changes });
  const faults = run.faults ? injectFaults(replicas, database.fork, writing.done) : null;
  const failedWrites = await writing.done;
  const { kills, cuts } = (await faults) ?? { kills: 0, cuts: 0 };
  const log = await readTable(database.fork);
  await untilCaughtUp(followers, log);
  const seconds = (performance.now() - start) / 1000;
  await Promise.all(followers.map((follower) => follower.stop()));
  const verdicts = followers.map((follower) => judge(follower, expectedOf(follower, log)));
  const sum = (key: 'lost' | 'repeated' | 'outOfOrder') =>
    verdicts.reduce((total, verdict) => total + verdict[key], 0);
  return {
    written: log.length,
    followers: followers.map(({ name, attempts, ends }) => ({
      ...{ name, attempts, ends: Object.fromEntries(ends) },
    })),
    ...{ lost: sum('lost'), repeated: sum('repeated'), outOfOrder: sum('outOfOrder') },
    ...{ kills, cuts, failedWrites, seconds: Math.round(seconds) },
  };
}

type Replica = { url: string; start(): Promise<void>; process: ServerProcess };

async function startReplica(databaseUrl: string): Promise<Replica> {
  const env = {
    DATABASE_URL: databaseUrl,
    CREDENTIAL_SECRET: 'cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=',
    LOG_LEVEL: 'SILENT',
    PORT: String(await freePort()),
  };
  const process = await startServer(env);
  const replica: Replica = {
    ...{ url: process.url, process },
    start: async () => {
      replica.process = await startServer(env);
    },
  };
  return replica;
}

async function ask<Data>(url: string, text: string, variables: object): Promise<Data> {
  const body = JSON.stringify({ query: text, variables });
  const answer = await fetch(url, { method: 'POST', headers, body });
  const { data, errors } = (await answer.json()) as { data: Data; errors?: unknown };
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

type Synced = { syncApi: { api: { endpoints: { nodes: { id: string }[] } } } };

/** Every second endpoint belongs to the same agent. */
async function prepareCatalog(url: string): Promise<string[]> {
  const paths = Array.from({ length: 10 }, (_, index) => ({ path: `/things/${index}` }));
  const { syncApi } = await ask<Synced>(
    url,
    `mutation ($document: JSON!) { syncApi(input: { source: { document: $document } }) {
      ... on SyncApiSuccess { api { endpoints { nodes { id } } } }
    } }`,
    { document: aDocument(paths) },
  );
  const ids = syncApi.api.endpoints.nodes.map(({ id }) => id);
  for (const [index, agentId] of agents.entries()) {
    await ask(
      url,
      'mutation ($agentId: ID!, $ids: [ID!]!) { assignTools(agentId: $agentId, endpointIds: $ids) { id } }',
      { agentId, ids: ids.filter((_, place) => place % agents.length === index) },
    );
  }
  return ids;
}

const describe = 'mutation ($input: UpdateEndpointInput!) { updateEndpoint(input: $input) { id } }';

/** Two writers a replica; a write that fails is made again, wherever the replica may be in its life. */
function writeAll(
  urls: readonly string[],
  { endpointIds, changes }: { endpointIds: readonly string[]; changes: number },
): { done: Promise<number> } {
  let begun = 0;
  let serial = 0;
  let failed = 0;
  const write = async (url: string) => {
    while (begun < changes) {
      begun += 1;
      // A text of its own each time: what changes nothing takes no revision.
      serial += 1;
      const id = endpointIds[serial % endpointIds.length];
      const input = { id, description: `change ${serial}` };
      await ask(url, describe, { input }).catch(async () => {
        failed += 1;
        begun -= 1;
        await sleep(50);
      });
    }
  };
  const writers = [...urls, ...urls].map(write);
  return { done: Promise.all(writers).then(() => failed) };
}

type Fork = Awaited<ReturnType<typeof openStorage>>['fork'];

/** One fault a second, in turns: a replica is killed and comes back, all listeners are cut, all connections are cut. */
async function injectFaults(
  replicas: readonly Replica[],
  fork: Fork,
  end: Promise<unknown>,
): Promise<{ kills: number; cuts: number }> {
  let isOver = false;
  void end.then(() => {
    isOver = true;
  });
  let kills = 0;
  let cuts = 0;
  for (let turn = 0; !isOver; turn += 1) {
    await sleep(1000);
    if (turn % 3 === 0) {
      const replica = replicas[(turn / 3) % replicas.length];
      await replica?.process.end('SIGKILL');
      await replica?.start();
      kills += 1;
      continue;
    }
    const which = turn % 3 === 1 ? `application_name = 'toolgraph listener'` : 'true';
    const cut = await query(
      fork(),
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and ${which}`,
    );
    cuts += cut.length;
  }
  return { kills, cuts };
}

type LogRow = { revision: number; agentIds: string[] };

async function readTable(fork: Fork): Promise<LogRow[]> {
  return query<LogRow>(
    fork(),
    `select revision::int as revision, agent_ids as "agentIds" from catalog_changes
     where tenant_id = 'acme' order by revision`,
  );
}

function expectedOf({ name }: Follower, log: readonly LogRow[]): number[] {
  const agent = agents.find((one) => name.startsWith(one));
  return log
    .filter(({ agentIds }) => !agent || agentIds.includes(agent))
    .map(({ revision }) => revision);
}

async function untilCaughtUp(
  followers: readonly Follower[],
  log: readonly LogRow[],
): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const behind = followers.filter(
      (one) => (one.revisions.at(-1) ?? 0) < (expectedOf(one, log).at(-1) ?? 0),
    );
    if (behind.length === 0) return;
    await sleep(100);
  }
}

/** `lost` never arrived, `repeated` arrived again, `outOfOrder` arrived after a later one. */
function judge({ revisions }: Follower, expected: readonly number[]) {
  const arrived = new Set(revisions);
  return {
    lost: expected.filter((revision) => !arrived.has(revision)).length,
    repeated: revisions.length - arrived.size,
    outOfOrder: revisions.filter(
      (revision, index) => index > 0 && revision < (revisions[index - 1] ?? 0),
    ).length,
  };
}

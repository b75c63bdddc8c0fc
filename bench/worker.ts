import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Agent } from 'undici';
import { generateFernetKey } from '../src/credentials/fernet.js';
import { createDatabase, createTemplate, startPostgres } from '../test/support/postgres.js';
import { startRedis } from '../test/support/redis-server.js';
import { askForMs, timed } from './ask-for.js';
import { offerTools } from './calls-cases.js';
import type { Spent } from './calls-profile.js';
import type { CallsServerQuestion } from './calls-server.js';
import type { UpstreamAnswer } from './calls-upstream.js';
import { installPeers, peerVersion } from './peers.js';
import { readProcessTimes, spentPerJob } from './process-times.js';
import { report, versionOf } from './report.js';
import { askChild, nextMessage, startChild } from './run-child.js';
import type { BullArgument } from './worker-bullmq.js';
import { openBullClient, openToolgraphClient, type WorkClient } from './worker-clients.js';
import { type WorkOperation, workOperations } from './worker-operations.js';
import { toWorkTables, type WorkTimes } from './worker-tables.js';

type Options = {
  rounds: number;
  roundMs: number;
  warmUpMs: number;
  alone: number;
  inFlight: number;
  concurrency: number;
  only: string;
  profile: string | undefined;
};

const queue = 'bench';

/** Delegated calls through the worker beside BullMQ doing the same HTTP work on the same Redis, in turns. */
export async function worker(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '5' },
      'round-ms': { type: 'string', default: '2000' },
      'warm-ms': { type: 'string', default: '12000' },
      alone: { type: 'string', default: '500' },
      'in-flight': { type: 'string', default: '64' },
      concurrency: { type: 'string', default: '16' },
      only: { type: 'string', default: '' },
      database: { type: 'string', default: 'pglite,postgres' },
      profile: { type: 'string' },
      write: { type: 'boolean', default: false },
    },
  });
  const missing = installPeers();
  if (missing) throw new Error(missing);
  const options: Options = {
    rounds: Number(values.rounds),
    roundMs: Number(values['round-ms']),
    warmUpMs: Number(values['warm-ms']),
    alone: Number(values.alone),
    inFlight: Number(values['in-flight']),
    concurrency: Number(values.concurrency),
    only: values.only,
    profile: values.profile,
  };
  const tables = [];
  if (values.database.includes('pglite')) {
    const dir = await mkdtemp(join(tmpdir(), 'toolgraph-bench-'));
    const times = await measure({ DATA_DIR: dir }, options);
    tables.push(...toWorkTables('PGlite (embedded, on disk)', times, options));
    await rm(dir, { recursive: true, force: true });
  }
  if (values.database.includes('postgres')) {
    await using server = await startPostgres();
    await createTemplate(server.url);
    const times = await measure({ DATABASE_URL: await createDatabase(server.url) }, options);
    tables.push(...toWorkTables('PostgreSQL', times, options));
  }
  await report('Worker', tables, {
    command: 'npm run bench -- worker',
    versions: `bullmq ${peerVersion('bullmq')}, ioredis ${versionOf('ioredis')}, undici ${versionOf('undici')}`,
    isKept: values.write,
  });
}

async function measure(database: Record<string, string>, options: Options): Promise<WorkTimes[]> {
  await using redis = await startRedis();
  const { concurrency, profile } = options;
  const env = {
    ...database,
    ...{ CREDENTIAL_SECRET: generateFernetKey(), EGRESS_ALLOW: '127.0.0.1' },
    ...{ REDIS_URL: redis.url, WORKER: 'on', WORKER_CONCURRENCY: String(concurrency) },
    ...{ WORKER_TENANT_CONCURRENCY: String(concurrency) },
  };
  const nodeOptions = profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : [];
  const upstream = startChild('./calls-upstream.js', null);
  const ours = startChild('./calls-server.js', env, nodeOptions);
  const [{ url: upstreamUrl }, { url: server }] = await Promise.all([
    nextMessage<UpstreamAnswer>(upstream),
    nextMessage<{ url: string }>(ours),
  ]);
  const argument: BullArgument = { port: redis.port, queue, upstream: upstreamUrl, concurrency };
  const bull = startChild('./worker-bullmq.js', argument);
  await nextMessage(bull);
  await offerTools(new Agent(), { upstream: upstreamUrl, server });
  const processes = new Map([
    [process.pid, 'client'],
    [upstream.pid ?? 0, 'upstream'],
    [ours.pid ?? 0, 'worker'],
    [bull.pid ?? 0, 'BullMQ worker'],
  ]);
  const times: WorkTimes[] = [];
  {
    await using oursClient = await openToolgraphClient(redis);
    await using bullClient = await openBullClient({ port: redis.port, queue });
    const clients = { ours: oursClient, bull: bullClient };
    for (const operation of workOperations) {
      if (!operation.name.includes(options.only)) continue;
      times.push(await measureWork(operation, { clients, server: ours, processes, options }));
    }
  }
  for (const child of [bull, ours, upstream]) {
    child.send('end');
    await once(child, 'exit');
  }
  return times;
}

async function measureWork(
  operation: WorkOperation,
  {
    clients: { ours, bull },
    server,
    processes,
    options,
  }: {
    clients: Record<'ours' | 'bull', WorkClient>;
    server: ChildProcess;
    processes: ReadonlyMap<number, string>;
    options: Options;
  },
): Promise<WorkTimes> {
  const { rounds, roundMs, warmUpMs, alone, inFlight } = options;
  console.error(`working: ${operation.name}`);
  const tell = <Answer>(question: CallsServerQuestion) => askChild<Answer>(server, question);
  // A worker runs for days: what is measured comes after V8 has compiled what it will.
  await askForMs(() => ours.ask(operation), warmUpMs, inFlight);
  await askForMs(() => bull.ask(operation), warmUpMs, inFlight);
  await tell('flush');
  const times = {
    name: operation.name,
    rates: [] as WorkTimes['rates'],
    costs: [] as WorkTimes['costs'],
    loadedMs: { ours: [] as number[], bull: [] as number[] },
    aloneMs: { ours: [] as number[], bull: [] as number[] },
  };
  for (let at = 0; at < alone; at += 1) {
    times.aloneMs.bull.push(await timed(() => bull.ask(operation)));
    times.aloneMs.ours.push(await timed(() => ours.ask(operation)));
  }
  const rate = async (client: WorkClient, ms: number[], settle: () => Promise<unknown>) => {
    const before = readProcessTimes(processes);
    const started = performance.now();
    const ask = async () => {
      ms.push(await timed(() => client.ask(operation)));
    };
    const answered = await askForMs(ask, roundMs, inFlight);
    await settle();
    const seconds = (performance.now() - started) / 1e3;
    const cost = spentPerJob(before, readProcessTimes(processes), answered);
    return { rate: answered / seconds, cost };
  };
  for (let round = 0; round < rounds; round += 1) {
    const itsRound = await rate(bull, times.loadedMs.bull, async () => {});
    const ourRound = await rate(ours, times.loadedMs.ours, () => tell('flush'));
    times.rates.push({ bull: itsRound.rate, ours: ourRound.rate });
    times.costs.push({ bull: itsRound.cost, ours: ourRound.cost });
  }
  await tell('profile');
  const answered = await askForMs(() => ours.ask(operation), roundMs, inFlight);
  await tell('flush');
  const { mainUs, otherUs, shares } = await tell<Spent>('spent');
  return { ...times, spent: { mainUs: mainUs / answered, otherUs: otherUs / answered, shares } };
}

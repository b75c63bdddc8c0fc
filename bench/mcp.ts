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
import type { Spent } from './calls-profile.js';
import type { CallsServerQuestion } from './calls-server.js';
import { type McpCallCase, type McpListCase, offerMcpTools, openCases } from './mcp-cases.js';
import { concurrency, type McpCallTimes, type McpListRates, toMcpTables } from './mcp-tables.js';
import { benchTools } from './mcp-tools.js';
import type { McpUpstreamAnswer } from './mcp-upstream.js';
import { report, versionOf } from './report.js';
import { askChild, nextMessage, startChild } from './run-child.js';

type Options = {
  calls: number;
  rounds: number;
  only: string;
  warmUpMs: number;
  profile: string | undefined;
};
type Measured = { calls: McpCallTimes[]; lists: McpListRates[] };

const roundMs = 1_000;
const round = { durationMs: roundMs, concurrency };

/** What a tool of an MCP server costs more through an agent's endpoint than at its own server. */
export async function mcp(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      calls: { type: 'string', default: '1000' },
      rounds: { type: 'string', default: '5' },
      only: { type: 'string', default: '' },
      database: { type: 'string', default: 'pglite,postgres' },
      warm: { type: 'string', default: '3000' },
      profile: { type: 'string' },
      write: { type: 'boolean', default: false },
    },
  });
  const options: Options = {
    calls: Number(values.calls),
    rounds: Number(values.rounds),
    only: values.only,
    warmUpMs: Number(values.warm),
    profile: values.profile,
  };
  const env = { CREDENTIAL_SECRET: generateFernetKey(), EGRESS_ALLOW: '127.0.0.1' };
  const tables = [];
  if (values.database.includes('pglite')) {
    const dir = await mkdtemp(join(tmpdir(), 'toolgraph-bench-'));
    const { calls, lists } = await measure({ ...env, DATA_DIR: dir }, options);
    tables.push(...toMcpTables('PGlite (embedded, on disk)', calls, lists));
    await rm(dir, { recursive: true, force: true });
  }
  if (values.database.includes('postgres')) {
    await using server = await startPostgres();
    await createTemplate(server.url);
    const url = await createDatabase(server.url);
    const { calls, lists } = await measure({ ...env, DATABASE_URL: url }, options);
    tables.push(...toMcpTables('PostgreSQL', calls, lists));
  }
  await report('MCP', tables, {
    command: 'npm run bench -- mcp',
    versions: ['@modelcontextprotocol/server', '@modelcontextprotocol/client', 'undici']
      .map((name) => `${name} ${versionOf(name)}`)
      .join(', '),
    isKept: values.write,
  });
}

async function measure(env: Record<string, string>, options: Options): Promise<Measured> {
  const nodeOptions = options.profile ? ['--cpu-prof', `--cpu-prof-dir=${options.profile}`] : [];
  const upstream = startChild('./mcp-upstream.js', null);
  const server = startChild('./calls-server.js', env, nodeOptions);
  const [{ url: upstreamUrl }, { url }] = await Promise.all([
    nextMessage<McpUpstreamAnswer>(upstream),
    nextMessage<{ url: string }>(server),
  ]);
  const forwarders = [];
  const urls = [];
  for (const path of ['/mcp', '/json']) {
    const forwarder = startChild('./mcp-forwarder.js', { upstream: upstreamUrl + path });
    forwarders.push(forwarder);
    urls.push((await nextMessage<McpUpstreamAnswer>(forwarder)).url);
  }
  const [events = '', json = ''] = urls;
  const dispatcher = new Agent({ connections: concurrency, keepAliveTimeout: 60_000 });
  const origins = { upstream: upstreamUrl, forwarders: { events, json }, server: url };
  await offerMcpTools(
    dispatcher,
    origins,
    benchTools.map(({ name }) => name),
  );
  const measured = await measureCases(dispatcher, origins, server, options);
  await dispatcher.close();
  for (const child of [server, ...forwarders, upstream]) {
    child.send('end');
    await once(child, 'exit');
  }
  return measured;
}

async function measureCases(
  dispatcher: Agent,
  origins: Parameters<typeof openCases>[1],
  server: ChildProcess,
  options: Options,
): Promise<Measured> {
  await using cases = await openCases(dispatcher, origins);
  const measured: Measured = { calls: [], lists: [] };
  const isAsked = (name: string) => name.includes(options.only);
  for (const one of cases.calls.filter(({ name }) => isAsked(name))) {
    measured.calls.push(await measureCalls(one, server, options));
  }
  for (const one of cases.lists.filter(({ name }) => isAsked(`${name}, tools/list`))) {
    measured.lists.push(await measureLists(one, options));
  }
  return measured;
}

async function measureCalls(
  { name, direct, forwarded, called }: McpCallCase,
  server: ChildProcess,
  { calls: count, rounds, warmUpMs }: Options,
): Promise<McpCallTimes> {
  console.error(`calling: ${name}`);
  const settle = () => tell(server, 'flush');
  await askForMs(called, warmUpMs, concurrency);
  await askForMs(direct, warmUpMs / 2, concurrency);
  await askForMs(forwarded, warmUpMs / 2, concurrency);
  await settle();
  const [directMs, calledMs]: [number[], number[]] = [[], []];
  for (let at = 0; at < count; at += 1) {
    directMs.push(await timed(direct));
    calledMs.push(await timed(called));
  }
  await settle();
  const rates = [];
  for (let at = 0; at < rounds; at += 1) {
    rates.push({
      direct: await rateOf(direct, round),
      forwarded: await rateOf(forwarded, round),
      called: await rateOf(called, { ...round, settle }),
    });
  }
  await tell(server, 'profile');
  const answered = await askForMs(called, roundMs, concurrency);
  await settle();
  const { mainUs, otherUs, shares } = await tell<Spent>(server, 'spent');
  const spent = { mainUs: mainUs / answered, otherUs: otherUs / answered, shares };
  return { name, directMs, calledMs, rates, spent };
}

async function measureLists(
  { name, direct, listed, bytes }: McpListCase,
  { rounds, warmUpMs }: Options,
): Promise<McpListRates> {
  console.error(`listing: ${name}`);
  await askForMs(listed, warmUpMs / 2, concurrency);
  await askForMs(direct, warmUpMs / 2, concurrency);
  const rates = [];
  for (let at = 0; at < rounds; at += 1) {
    rates.push({ direct: await rateOf(direct, round), listed: await rateOf(listed, round) });
  }
  return { name, rates, bytes };
}

function tell<Answer>(server: ChildProcess, question: CallsServerQuestion): Promise<Answer> {
  return askChild<Answer>(server, question);
}

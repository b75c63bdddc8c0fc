import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { createApp } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { fixtureToolNames, startFixtureServer } from './fixture-server.js';
import { notApplicable, remarks } from './scenarios.js';

type Kind = 'server' | 'client';

type Outcome = { scenario: string; result: string; passed: number; failed: number; reason: string };

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const description = require.resolve('@modelcontextprotocol/conformance/package.json');
const suite = join(dirname(description), 'dist/index.js');
const { version } = require(description) as {
  version: string;
};
const caller = { 'x-tenantid': 'conformance', 'x-appid': 'suite' };

/** The server on a port of its own, with an agent that has the suite's tools; the agent's endpoint. */
async function startEndpoint(stack: AsyncDisposableStack): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'toolgraph-conformance-'));
  stack.defer(() => rm(dir, { recursive: true }));
  const fixtures = stack.use(await startFixtureServer());
  const env = { DATA_DIR: dir, LOG_LEVEL: 'ERROR', EGRESS_ALLOW: '127.0.0.1' };
  const config = loadConfig({ ...env, DEFAULT_TENANT: caller['x-tenantid'] });
  const app = stack.use(await createApp(config));
  await app.server.listen({ host: '127.0.0.1', port: 0 });
  const post = async (url: string, payload: object) => {
    const answer = await app.server.inject({ method: 'POST', url, headers: caller, payload });
    if (answer.statusCode >= 300) throw new Error(`${url}: ${answer.body}`);
  };
  await post('/tools/mcp-servers', { name: 'fixtures', server_url: fixtures.url });
  await post('/tools/agents/suite/mcp-tools', { tools: fixtureToolNames });
  const { port } = app.server.server.address() as AddressInfo;
  return `http://127.0.0.1:${port}/agents/suite/mcp`;
}

/** Every scenario of the suite for servers or clients, in its order. */
async function listScenarios(kind: Kind): Promise<string[]> {
  const { stdout } = await run(process.execPath, [suite, 'list', `--${kind}`]);
  return [...stdout.matchAll(/^ {2}- ([\w/-]+)/gm)].map(([, name = '']) => name);
}

type Check = { status: string; name: string; errorMessage?: string };

/** `subject` is what the suite is told of whom it tries: the URL of a server, or the command that starts a client. */
async function runScenario(
  kind: Kind,
  scenario: string,
  subject: readonly string[],
): Promise<Outcome> {
  const none = { scenario, passed: 0, failed: 0 };
  const reason = notApplicable[scenario];
  if (reason !== undefined) return { ...none, result: 'not applicable', reason };
  const out = await mkdtemp(join(tmpdir(), 'toolgraph-scenario-'));
  try {
    const args = [suite, kind, ...subject, '--scenario', scenario, '-o', out];
    // It ends with 1 where a check fails: what it wrote says which.
    await run(process.execPath, args, { timeout: 120_000 }).catch(() => {});
    const checks = await readChecks(out);
    const of = (status: string) => checks.filter((check) => check.status === status);
    const [passed, failed, warned] = [of('SUCCESS'), of('FAILURE'), of('WARNING')];
    const isPassed = failed.length === 0 && checks.length > 0;
    const said = [...failed, ...warned].map((check) => check.errorMessage ?? check.name);
    if (remarks[scenario] !== undefined) said.push(remarks[scenario]);
    const result = isPassed ? (warned.length > 0 ? 'passed, with warnings' : 'passed') : 'FAILED';
    return {
      scenario,
      result,
      passed: passed.length,
      failed: failed.length,
      reason: said.join(' '),
    };
  } finally {
    await rm(out, { recursive: true });
  }
}

async function readChecks(dir: string): Promise<Check[]> {
  const files = await readdir(dir, { recursive: true });
  const file = files.find((name) => name.endsWith('checks.json'));
  return file ? JSON.parse(await readFile(join(dir, file), 'utf8')) : [];
}

function toTable(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ scenario, result, passed, reason }) => {
    const checks = passed > 0 ? String(passed) : '';
    return `| ${scenario} | ${result} | ${checks} | ${reason.replaceAll('|', '\\|')} |`;
  });
  return ['| scenario | result | checks | remarks |', '| --- | --- | --- | --- |', ...rows].join(
    '\n',
  );
}

/** Replaces the part of the page between two marks; what others wrote around it stays. */
async function writePart(part: string, body: string): Promise<void> {
  const path = join(import.meta.dirname, '../../../docs/mcp-conformance.md');
  const [begin, end] = [`<!-- ${part} -->`, `<!-- end of ${part} -->`];
  const title = '# MCP conformance\n';
  const page = await readFile(path, 'utf8').catch(() => title);
  const block = `${begin}\n${body}\n${end}`;
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  const isThere = from >= 0 && to > from;
  const next = isThere
    ? page.slice(0, from) + block + page.slice(to + end.length)
    : `${page.trimEnd()}\n\n${block}\n`;
  await writeFile(path, next);
}

async function runAll(kind: Kind, subject: readonly string[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const scenario of await listScenarios(kind)) {
    const outcome = await runScenario(kind, scenario, subject);
    console.log(`${outcome.result.padEnd(22)} ${scenario} ${outcome.reason.slice(0, 200)}`);
    outcomes.push(outcome);
  }
  if (outcomes.some(({ result }) => result === 'FAILED')) process.exitCode = 1;
  return outcomes;
}

async function tryServer(): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const outcomes = await runAll('server', ['--url', await startEndpoint(stack)]);
  const intro = `## Server\n\nWritten by \`npm run conformance\`: the server scenarios of \`@modelcontextprotocol/conformance\` ${version} against \`/agents/suite/mcp\`, where an agent has the suite's tools. They are served by an MCP server that is registered here, so that every answer passes through.\n`;
  await writePart('server', `${intro}\n${toTable(outcomes)}`);
}

async function tryClient(): Promise<void> {
  const client = join(import.meta.dirname, 'client.js');
  const command = `${process.execPath} ${client}`;
  const outcomes = await runAll('client', ['--command', command, '--timeout', '90000']);
  const intro = `## Client\n\nWritten by \`npm run conformance\`: the client scenarios of the same suite. Each serves an MCP server that is registered here; it is authorized with \`beginMcpAuthorization\` and the callback where it asks for a person, listed, and its tools are called.\n`;
  await writePart('client', `${intro}\n${toTable(outcomes)}`);
}

/** Both, or the one that is named. */
const [only] = process.argv.slice(2);
if (only !== 'client') await tryServer();
if (only !== 'server') await tryClient();

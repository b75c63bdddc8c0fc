import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What it ended with and printed. */
export type InspectorAnswer = { status: number | null; stdout: string; stderr: string };

const launcher = fileURLToPath(
  import.meta.resolve('@modelcontextprotocol/inspector/clients/launcher/build/index.js'),
);

/** Runs the command line of the MCP Inspector against a server, with a home folder of its own. */
export async function runInspector(
  url: URL,
  headers: Record<string, string>,
  args: string[],
): Promise<InspectorAnswer> {
  const home = await mkdtemp(join(tmpdir(), 'toolgraph-inspector-'));
  const given = Object.entries(headers).flatMap(([name, value]) => [
    '--header',
    `${name}: ${value}`,
  ]);
  const child = spawn(
    process.execPath,
    [launcher, '--cli', url.href, '--transport', 'http', ...args, ...given],
    {
      env: { PATH: process.env.PATH, HOME: home, MCP_CATALOG_PATH: join(home, 'mcp.json') },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const answer: InspectorAnswer = { status: null, stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      answer[name] += chunk;
    });
  }
  await once(child, 'close');
  await rm(home, { recursive: true, force: true });
  return { ...answer, status: child.exitCode };
}

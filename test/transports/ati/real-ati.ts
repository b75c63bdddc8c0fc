import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Client } from './wire-client.js';

/** The `ati` program: `ATI_PATH`, else the first in PATH; null without one. */
export function findAti(): string | null {
  const inPath = (process.env.PATH ?? '').split(delimiter).map((dir) => join(dir, 'ati'));
  const found = [process.env.ATI_PATH ?? '', ...inPath].find(
    (path) => path !== '' && isProgram(path),
  );
  return found ?? null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export type AtiHome = AsyncDisposable & {
  /** Where it runs, and writes files. */
  dir: string;
  client: Client;
};

const manifest = `[provider]
name = "files"
description = "Files"
handler = "mcp"
mcp_transport = "http"
mcp_url = "https://mcp.example.com/mcp"
mcp_url_env = "FILES_MCP_URL"
auth_type = "none"
auth_session_token_env = "FILES_SESSION_TOKEN"

[[tools]]
name = "files:search"
description = "Search"
`;

/** The real client in a home of its own, which knows the provider `files` by a manifest. */
export async function anAtiHome(program: string): Promise<AtiHome> {
  const home = await mkdtemp(join(tmpdir(), 'ati-home-'));
  const dir = join(home, 'work');
  await mkdir(join(home, 'ati', 'manifests'), { recursive: true });
  await mkdir(dir);
  await writeFile(join(home, 'ati', 'manifests', 'files.toml'), manifest);
  const client: Client = (argv, env) =>
    new Promise((resolve) => {
      const options = { cwd: dir, env: { HOME: home, ATI_DIR: join(home, 'ati'), ...env } };
      execFile(program, argv, { ...options, timeout: 60_000 }, (error, stdout, stderr) => {
        resolve({ ok: error === null, value: parse(stdout), text: stdout + stderr });
      });
    });
  return { dir, client, [Symbol.asyncDispose]: () => rm(home, { recursive: true }) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

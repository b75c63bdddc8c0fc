import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

// This file runs as dist/bench/peers.js; the peers are installed in bench/, beside their lock file.
const folder = join(import.meta.dirname, '../../bench');

export type PeerName = 'openapi-mcp-generator' | '@readme/openapi-parser';

/** What the benchmarks use of the peers. */
export type GeneratedTool = { method: string; pathTemplate: string; inputSchema: unknown };
export type Generator = {
  getToolsFromOpenApi(path: string, options: { dereference: boolean }): Promise<GeneratedTool[]>;
};
export type Dereferencer = {
  dereference(path: string, options: { resolve: { external: boolean } }): Promise<object>;
};

/** Installs the peers from their lock file when they are missing. Answers a sentence when that fails. */
export function installPeers(): string | null {
  if (existsSync(join(folder, 'node_modules/openapi-mcp-generator'))) return null;
  console.log('Installing the peers: npm ci --prefix bench');
  const { status } = spawnSync('npm', ['ci', '--prefix', folder, '--no-audit', '--no-fund'], {
    stdio: 'inherit',
  });
  if (status === 0) return null;
  return 'The peers could not be installed and are left out; try "npm ci --prefix bench" by hand.';
}

export function peerVersion(name: PeerName): string {
  const manifest = join(folder, 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

export function loadGenerator(): Promise<Generator> {
  return importPeer<Generator>('openapi-mcp-generator/dist/api.js');
}

export function loadDereferencer(): Promise<Dereferencer> {
  return importPeer<Dereferencer>('@readme/openapi-parser/dist/index.js');
}

/** The peers are no dependencies of the project, so the compiler knows nothing of them: the caller names the shape. */
async function importPeer<Shape>(file: string): Promise<Shape> {
  return (await import(pathToFileURL(join(folder, 'node_modules', file)).href)) as Shape;
}

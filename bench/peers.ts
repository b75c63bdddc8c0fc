import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

// This file runs as dist/bench/peers.js; the peers are installed in bench/, beside their lock file.
const folder = join(import.meta.dirname, '../../bench');

export type PeerName =
  | 'openapi-mcp-generator'
  | '@readme/openapi-parser'
  | '@readme/oas-to-har'
  | 'bullmq'
  | 'graphql-jit'
  | 'minisearch'
  | 'postgraphile';

/** What the benchmarks use of the peers. */
export type GeneratedTool = { method: string; pathTemplate: string; inputSchema: unknown };
export type Generator = {
  getToolsFromOpenApi(path: string, options: { dereference: boolean }): Promise<GeneratedTool[]>;
};
export type Dereferencer = {
  dereference(path: string, options: { resolve: { external: boolean } }): Promise<object>;
};

type HarPair = { name: string; value: string };
/** A request in the HTTP Archive format. */
export type HarRequest = {
  method: string;
  url: string;
  headers: HarPair[];
  cookies: HarPair[];
  queryString: HarPair[];
  postData?: {
    mimeType: string;
    text?: unknown;
    params?: { name: string; value?: string; fileName?: string; contentType?: string }[];
  };
};
/** Plans one operation of an OpenAPI 3 document with values by location. */
export type HarPlanner = (
  document: object,
  operation: { path: string; method: string },
  values: object,
) => HarRequest;

/** Installs the peers from their lock file when they are missing. Answers a sentence when that fails. */
export function installPeers(): string | null {
  if (existsSync(join(folder, 'node_modules/bullmq'))) return null;
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

type PostGraphileInstance = {
  createServ(grafserv: unknown): { addTo(server: Server): Promise<void> };
};
/** What the benchmarks use of PostGraphile 5. */
export type PostGraphile = {
  postgraphile(preset: object): PostGraphileInstance;
  preset: object;
  makePgService(options: { connectionString: string; schemas: string[] }): object;
  grafserv: unknown;
};

export async function loadPostGraphile(): Promise<PostGraphile> {
  const folderOf = 'postgraphile/dist';
  const [{ postgraphile }, { PostGraphileAmberPreset: preset }, { makePgService }, { grafserv }] =
    await Promise.all([
      importPeer<Pick<PostGraphile, 'postgraphile'>>(`${folderOf}/index.js`),
      importPeer<{ PostGraphileAmberPreset: object }>(`${folderOf}/presets/amber.js`),
      importPeer<Pick<PostGraphile, 'makePgService'>>('@dataplan/pg/dist/adaptors/pg.js'),
      importPeer<Pick<PostGraphile, 'grafserv'>>('grafserv/dist/servers/node/index.js'),
    ]);
  return { postgraphile, preset, makePgService, grafserv };
}

type PeerSchema = { readonly isSchema: unique symbol };
type PeerDocument = { readonly isDocument: unique symbol };
/** graphql-jit, with the copy of graphql-js that it uses. */
export type GraphqlJit = {
  graphql: { buildSchema(source: string): PeerSchema; parse(source: string): PeerDocument };
  compileQuery(
    schema: PeerSchema,
    document: PeerDocument,
  ): { query(root: object, context: null, variables: object): object | Promise<object> };
};

export async function loadGraphqlJit(): Promise<GraphqlJit> {
  const [{ default: graphql }, { compileQuery }] = await Promise.all([
    importPeer<{ default: GraphqlJit['graphql'] }>('graphql/index.js'),
    importPeer<Pick<GraphqlJit, 'compileQuery'>>('graphql-jit/dist/index.js'),
  ]);
  return { graphql, compileQuery };
}

export async function loadHarPlanner(): Promise<HarPlanner> {
  type Operation = { method: string };
  type Oas = { operation(path: string, method: string): Operation };
  type OasModule = { default: new (document: object) => Oas };
  type HarLog = { log: { entries: [{ request: HarRequest }] } };
  type HarModule = { default(oas: Oas, operation: Operation, values: object): HarLog };
  const { default: Document } = await importPeer<OasModule>('oas/dist/index.js');
  const { default: toHar } = await importPeer<HarModule>('@readme/oas-to-har/dist/index.js');
  return (document, { path, method }, values) => {
    const oas = new Document(document);
    return toHar(oas, oas.operation(path, method), values).log.entries[0].request;
  };
}

type Closing = { close(): Promise<void> };
type BullConnection = { connection: { host: string; port: number } };
/** What the benchmarks use of BullMQ. */
export type BullMq = {
  Queue: new (
    name: string,
    options: BullConnection,
  ) => Closing & { add(name: string, data: unknown, options: { jobId: string }): Promise<unknown> };
  Worker: new (
    name: string,
    process: (job: { data: unknown }) => Promise<unknown>,
    options: BullConnection & { concurrency: number },
  ) => Closing & { waitUntilReady(): Promise<unknown> };
  QueueEvents: new (
    name: string,
    options: BullConnection,
  ) => Closing & {
    waitUntilReady(): Promise<unknown>;
    on(event: 'completed', heard: (about: { jobId: string; returnvalue: unknown }) => void): void;
    on(event: 'failed', heard: (about: { jobId: string; failedReason: string }) => void): void;
  };
};

export async function loadBullMq(): Promise<BullMq> {
  const { default: bullmq } = await importPeer<{ default: BullMq }>('bullmq/dist/cjs/index.js');
  return bullmq;
}

/** What the benchmarks use of MiniSearch. */
export type MiniSearchClass = new (options: {
  fields: string[];
  idField: string;
  searchOptions: object;
}) => { addAll(documents: object[]): void; search(text: string): { id: string }[] };

export async function loadMiniSearch(): Promise<MiniSearchClass> {
  return (await importPeer<{ default: MiniSearchClass }>('minisearch/dist/es/index.js')).default;
}

/** The peers are no dependencies of the project, so the compiler knows nothing of them: the caller names the shape. */
async function importPeer<Shape>(file: string): Promise<Shape> {
  return (await import(pathToFileURL(join(folder, 'node_modules', file)).href)) as Shape;
}

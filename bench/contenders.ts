import type { BenchDocument } from './documents.js';
import { type GeneratedTool, loadDereferencer, loadGenerator } from './peers.js';

/** Everything that is measured on a document. */
export const contenderNames = [
  'JSON.parse',
  'js-yaml',
  'yaml',
  'toolgraph',
  'openapi-mcp-generator',
  '@readme/openapi-parser',
] as const;
export type ContenderName = (typeof contenderNames)[number];

export type Input = { path: string; body: Uint8Array };
/** Loaded once; `run` goes from the body of a document to the result, which the caller holds until the clock stops. */
export type Contender = (input: Input) => unknown;

/** The plain parser of a format: the one that Toolgraph builds on, which its times are measured against. */
export function plainParser({ format }: Pick<BenchDocument, 'format'>): ContenderName {
  return format === 'json' ? 'JSON.parse' : 'js-yaml';
}

export function contendersFor(document: BenchDocument, hasPeers: boolean): ContenderName[] {
  const plain: ContenderName[] = document.format === 'json' ? ['JSON.parse'] : ['js-yaml', 'yaml'];
  const peers: ContenderName[] = ['openapi-mcp-generator', '@readme/openapi-parser'];
  return [...plain, 'toolgraph', ...(hasPeers ? peers : [])];
}

const loaders: Record<ContenderName, () => Promise<Contender>> = {
  'JSON.parse': async () => (input) => JSON.parse(textOf(input)),

  'js-yaml': async () => {
    const { load } = await import('js-yaml');
    return (input) => load(textOf(input));
  },

  yaml: async () => {
    const { parse } = await import('yaml');
    return (input) => parse(textOf(input), { logLevel: 'silent', maxAliasCount: -1 });
  },

  // JSON text ready for the database: what the parser thread makes of a document.
  toolgraph: async () => {
    const { runSpecJob } = await import('../src/catalog/spec-job.js');
    return ({ body }) => {
      const { spec } = runSpecJob({ body, url: null, files: {}, unavailable: {} });
      if (!spec?.valid) throw new Error('the document cannot be read');
      return spec;
    };
  },

  // It reads the file itself; its tools are objects, which are written as text here since ours are text too.
  'openapi-mcp-generator': async () => {
    const { getToolsFromOpenApi } = await loadGenerator();
    return async ({ path }) => {
      const tools = await getToolsFromOpenApi(path, { dereference: true });
      return tools.map(toText);
    };
  },

  // It reads the file itself and makes no tools: this is the dereferenced document alone. Nothing is fetched.
  '@readme/openapi-parser': async () => {
    const { dereference } = await loadDereferencer();
    return ({ path }) => dereference(path, { resolve: { external: false } });
  },
};

export function loadContender(name: ContenderName): Promise<Contender> {
  return loaders[name]();
}

/** Null for a schema with a cycle, which has no JSON text. */
export function toText({ inputSchema }: Pick<GeneratedTool, 'inputSchema'>): string | null {
  try {
    return JSON.stringify(inputSchema);
  } catch {
    return null;
  }
}

function textOf({ body }: Input): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
}

import { createHash } from 'node:crypto';
import type { AgentViews } from '../../agents/agent-views.js';
import { renderAgentTools, type ToolRenderer } from '../../agents/render-agent-tools.js';
import { digestArguments } from '../../calls/digest-arguments.js';
import { type Actor, scopes } from '../../context.js';
import { RecentMap } from '../../lib/recent-map.js';
import type { JsonSchema } from '../../openapi/types.js';

/** A tool as callers of the worker read it. */
export type CatalogTool = {
  name: string;
  description: string;
  /** JSON Schema of the arguments. */
  parameters: JsonSchema;
  /** Changes with the name and the parameters, and with nothing else. */
  schema_hash: string;
};

/** An agent's tools at one revision. */
export type AgentCatalog = {
  /** Of the tenant. */
  revision: string;
  tools: readonly CatalogTool[];
  /** By name. */
  hashes: ReadonlyMap<string, string>;
  /** Of the schemas of all tools, whatever their order. */
  schemaHash: string;
  /** Changes with anything that callers read. */
  digest: string;
};

/** Whose tools. */
export type CatalogOwner = { tenant: string; agentId: string };

/** An agent's tools as they stand now; read once for each revision. */
export type ReadCatalog = (owner: CatalogOwner) => Promise<AgentCatalog>;

const maxRemembered = 100;

export function createCatalogReader(views: AgentViews): ReadCatalog {
  const parsed = new RecentMap<string, AgentCatalog>(maxRemembered);
  return async ({ tenant, agentId }) => {
    const { bytes, digest } = await renderAgentTools(
      { actor: readerOf(tenant), views },
      { agentId },
      renderer,
    );
    const known = parsed.get(digest);
    if (known) return known;
    const catalog = parse(bytes);
    parsed.set(digest, catalog);
    return catalog;
  };
}

/** SHA-256 of what arguments are made by; the same whatever the order of keys. */
export function hashTool(name: string, parameters: JsonSchema): string {
  return digestArguments({ name, parameters });
}

/** SHA-256 over the hashes of tools; the same whatever their order. */
export function hashTools(hashes: Iterable<string>): string {
  return createHash('sha256')
    .update([...hashes].sort().join('\n'))
    .digest('hex');
}

const renderer: ToolRenderer = {
  name: 'worker',
  tool: present,
  mcpTool: present,
  list: (_agentId, revision, tools) => `{"revision":"${revision}","tools":[${tools.join()}]}`,
};

type Presentable = {
  name: string;
  description?: string | null | undefined;
  inputSchema: JsonSchema;
};

function present({ name, description, inputSchema }: Presentable): string {
  const tool: CatalogTool = {
    name,
    description: description ?? '',
    parameters: inputSchema,
    schema_hash: hashTool(name, inputSchema),
  };
  return JSON.stringify(tool);
}

/** Tools as `renderer` writes them. */
function parse(bytes: Buffer): AgentCatalog {
  const { revision, tools } = JSON.parse(bytes.toString()) as Pick<
    AgentCatalog,
    'revision' | 'tools'
  >;
  const hashes = new Map(tools.map((tool) => [tool.name, tool.schema_hash]));
  const digest = createHash('sha256').update(JSON.stringify(tools)).digest('hex');
  return { revision, tools, hashes, schemaHash: hashTools(hashes.values()), digest };
}

function readerOf(tenant: string): Actor {
  return { tenant, app: null, subject: null, scopes: new Set([scopes.read]), expiresAt: null };
}

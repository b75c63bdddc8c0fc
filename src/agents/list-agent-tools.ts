import { z } from 'zod';
import { requireScope } from '../access/require-scope.js';
import {
  type EndpointRow,
  type EndpointSchemas,
  endpointColumns,
  type Reads,
} from '../catalog/catalog.queries.js';
import { readRevision } from '../changes/current-revision.js';
import { scopes } from '../context.js';
import { decodeCursor, encodeCursor, type Page, pageArguments } from '../lib/page.js';
import { parseInput } from '../lib/parse-input.js';
import { LocalTool } from '../local-tools/local-tool.entity.js';
import { query } from '../storage/sql.js';
import { AgentIdInput } from './agent-id.js';
import { type EffectiveTool, effectiveTools } from './effective-tools.js';

export const ListAgentToolsInput = z.object({
  agentId: AgentIdInput,
  kind: z.enum(['ENDPOINT', 'MCP', 'LOCAL']).nullish(),
  search: z.string().max(200).nullish(),
  ...pageArguments({ first: 100 }),
});
export type ListAgentToolsInput = z.input<typeof ListAgentToolsInput>;

/** An endpoint in an agent's view: `name` is the tool's name there. */
export type AgentEndpointTool = EndpointRow &
  EndpointSchemas & { kind: 'ENDPOINT'; apiName: string; baseUrl: string };
export type AgentLocalTool = LocalTool & { kind: 'LOCAL' };
export type AgentTool = AgentEndpointTool | AgentLocalTool;

/** `revision` is the tenant's revision that the view belongs to. */
export type AgentToolPage = Page<AgentTool> & { revision: string };

/**
 * The tools that an agent may list and call. Local tools, which the agent executes itself, are only in the list that
 * asks for `kind: LOCAL`.
 */
export async function listAgentTools(ctx: Reads, raw: ListAgentToolsInput): Promise<AgentToolPage> {
  requireScope(ctx.actor, scopes.read);
  const { agentId, kind, search, first, after } = parseInput(ListAgentToolsInput, raw);
  const revision = await readRevision(ctx.em, ctx.actor.tenant);
  const view = await viewTools(ctx, agentId, kind ?? 'ENDPOINT');
  const found = search ? view.filter((tool) => isMatch(tool, search)) : view;
  const start = after ? findStart(found, after) : 0;
  const shown = found.slice(start, start + first);
  return {
    items: kind === 'LOCAL' ? await readLocalTools(ctx, shown) : await readEndpoints(ctx, shown),
    total: found.length,
    hasNextPage: start + first < found.length,
    hasPreviousPage: start > 0,
    cursorOf: ({ id }) => encodeCursor([found.findIndex((tool) => tool.id === id), id]),
    revision,
  };
}

async function viewTools(
  ctx: Reads,
  agentId: string,
  kind: 'ENDPOINT' | 'MCP' | 'LOCAL',
): Promise<EffectiveTool[]> {
  if (kind === 'ENDPOINT') return effectiveTools(ctx.em, ctx.actor.tenant, agentId);
  if (kind === 'MCP') return [];
  return query<EffectiveTool>(
    ctx.em,
    'select id, name, description from local_tools where is_active order by name',
  );
}

function isMatch({ name, description }: EffectiveTool, search: string): boolean {
  const text = `${name} ${description ?? ''}`.toLowerCase();
  return text.includes(search.toLowerCase());
}

/** A cursor names its tool; where that one has left the view meanwhile, its place stands in. */
function findStart(tools: readonly EffectiveTool[], cursor: string): number {
  const [place, id] = decodeCursor(cursor, ['integer', 'uuid']);
  const index = tools.findIndex((tool) => tool.id === id);
  return index >= 0 ? index + 1 : Math.max(0, Number(place));
}

async function readEndpoints(
  ctx: Reads,
  tools: readonly EffectiveTool[],
): Promise<AgentEndpointTool[]> {
  const rows = await query<AgentEndpointTool>(
    ctx.em,
    `select ${endpointColumns}, e.input_schema as "inputSchema", e.output_schema as "outputSchema",
            a.name as "apiName", a.base_url as "baseUrl"
     from endpoints e join apis a on a.tenant_id = e.tenant_id and a.id = e.api_id
     where e.tenant_id = $1 and e.id = any($2::uuid[])`,
    [ctx.actor.tenant, tools.map(({ id }) => id)],
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return tools.flatMap(({ id, name }) => {
    const row = byId.get(id);
    return row ? [{ ...row, name, kind: 'ENDPOINT' as const }] : [];
  });
}

async function readLocalTools(
  ctx: Reads,
  tools: readonly EffectiveTool[],
): Promise<AgentLocalTool[]> {
  const ids = tools.map(({ id }) => id);
  const rows = await ctx.em.find(LocalTool, { id: { $in: ids } }, { orderBy: { name: 'asc' } });
  return rows.map((row) => Object.assign(row, { kind: 'LOCAL' as const }));
}

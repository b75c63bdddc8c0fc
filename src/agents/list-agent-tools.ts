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

const filters = {
  kind: z.enum(['ENDPOINT', 'MCP', 'LOCAL']).nullish(),
  search: z.string().max(200).nullish(),
  ...pageArguments({ first: 100 }),
};
export const ListAgentToolsInput = z.object({ agentId: AgentIdInput, ...filters });
export type ListAgentToolsInput = z.input<typeof ListAgentToolsInput>;

export const ListToolsOfAgentsInput = z.object({ agentIds: z.array(AgentIdInput), ...filters });
export type ListToolsOfAgentsInput = z.input<typeof ListToolsOfAgentsInput>;

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
export async function listAgentTools(
  ctx: Reads,
  { agentId, ...rest }: ListAgentToolsInput,
): Promise<AgentToolPage> {
  const pages = await listToolsOfAgents(ctx, { agentIds: [agentId], ...rest });
  const page = pages.get(agentId);
  if (!page) throw new Error('An agent that was asked for has no page.');
  return page;
}

/** The same page of several agents, in as many statements as for one. Every agent that is asked for has an entry. */
export async function listToolsOfAgents(
  ctx: Reads,
  raw: ListToolsOfAgentsInput,
): Promise<Map<string, AgentToolPage>> {
  requireScope(ctx.actor, scopes.read);
  const { agentIds, kind, search, first, after } = parseInput(ListToolsOfAgentsInput, raw);
  const revision = await readRevision(ctx.em, ctx.actor.tenant);
  const views = await viewTools(ctx, agentIds, kind ?? 'ENDPOINT');
  const pages = agentIds.map((agentId) => {
    const view = views.get(agentId) ?? [];
    const found = search ? view.filter((tool) => isMatch(tool, search)) : view;
    const start = after ? findStart(found, after) : 0;
    return { agentId, found, start, shown: found.slice(start, start + first) };
  });
  const ids = [...new Set(pages.flatMap(({ shown }) => shown.map(({ id }) => id)))];
  const rows = kind === 'LOCAL' ? await readLocalTools(ctx, ids) : await readEndpoints(ctx, ids);
  return new Map(
    pages.map(({ agentId, found, start, shown }) => {
      const page: AgentToolPage = {
        items: withNames(shown, rows),
        total: found.length,
        hasNextPage: start + first < found.length,
        hasPreviousPage: start > 0,
        cursorOf: ({ id }) => encodeCursor([found.findIndex((tool) => tool.id === id), id]),
        revision,
      };
      return [agentId, page];
    }),
  );
}

async function viewTools(
  ctx: Reads,
  agentIds: readonly string[],
  kind: 'ENDPOINT' | 'MCP' | 'LOCAL',
): Promise<Map<string, EffectiveTool[]>> {
  if (kind === 'ENDPOINT') return effectiveTools(ctx.em, ctx.actor.tenant, agentIds);
  if (kind === 'MCP') return new Map();
  const tools = await query<EffectiveTool>(
    ctx.em,
    'select id, name, description from local_tools where is_active order by name',
  );
  return new Map(agentIds.map((agentId) => [agentId, tools]));
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

function withNames(
  tools: readonly EffectiveTool[],
  rows: ReadonlyMap<string, AgentTool>,
): AgentTool[] {
  return tools.flatMap(({ id, name }) => {
    const row = rows.get(id);
    return row ? [{ ...row, name }] : [];
  });
}

async function readEndpoints(
  ctx: Reads,
  ids: readonly string[],
): Promise<Map<string, AgentEndpointTool>> {
  const rows = await query<Omit<AgentEndpointTool, 'kind'>>(
    ctx.em,
    `select ${endpointColumns}, e.input_schema as "inputSchema", e.output_schema as "outputSchema",
            a.name as "apiName", a.base_url as "baseUrl"
     from endpoints e join apis a on a.tenant_id = e.tenant_id and a.id = e.api_id
     where e.tenant_id = $1 and e.id = any($2::uuid[])`,
    [ctx.actor.tenant, ids],
  );
  return new Map(rows.map((row) => [row.id, { ...row, kind: 'ENDPOINT' as const }]));
}

async function readLocalTools(
  ctx: Reads,
  ids: readonly string[],
): Promise<Map<string, AgentLocalTool>> {
  const rows = await ctx.em.find(LocalTool, { id: { $in: [...ids] } });
  return new Map(rows.map((row) => [row.id, { ...row, kind: 'LOCAL' as const }]));
}

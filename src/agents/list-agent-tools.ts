import { z } from 'zod';
import { requireScope } from '../access/require-scope.js';
import { type Actor, scopes } from '../context.js';
import { encodeCursor, type Page, pageArguments } from '../lib/page.js';
import { parseInput } from '../lib/parse-input.js';
import { type LocalToolRow, readLocalTools } from '../local-tools/list-local-tools.js';
import { AgentIdInput } from './agent-id.js';
import type { Snapshot } from './agent-views.js';
import { effectiveTools, type ViewReads } from './effective-tools.js';
import { type AgentEndpointTool, inView, readEndpointTools } from './read-endpoint-tools.js';
import { selectTools } from './select-tools.js';

const filters = {
  kind: z.enum(['ENDPOINT', 'MCP', 'LOCAL']).nullish(),
  search: z.string().max(200).nullish(),
  ...pageArguments({ first: 100 }),
};
export const ListToolsOfAgentsInput = z.object({ agentIds: z.array(AgentIdInput), ...filters });
export type ListToolsOfAgentsInput = z.input<typeof ListToolsOfAgentsInput>;

type Filter = Omit<z.output<typeof ListToolsOfAgentsInput>, 'agentIds' | 'kind'> & {
  kind: 'ENDPOINT' | 'MCP' | 'LOCAL';
};

export type AgentLocalTool = LocalToolRow & { kind: 'LOCAL' };
export type AgentTool = AgentEndpointTool | AgentLocalTool;

/**
 * `toolCount` is the number of the agent's endpoint tools whatever the page shows of them. `revision` is the tenant's
 * revision that all of it is exactly of.
 */
export type AgentToolPage = Page<AgentTool> & { toolCount: number; revision: string };

/**
 * A page of the tools that each agent may list and call, of several agents in as many statements as for one. Every
 * agent that is asked for has an entry. Local tools, which the agent executes itself, are only in the list that asks
 * for `kind: LOCAL`. Pages are shared and frozen.
 */
export async function listToolsOfAgents(
  { actor, views }: ViewReads,
  raw: ListToolsOfAgentsInput,
): Promise<Map<string, AgentToolPage>> {
  requireScope(actor, scopes.read);
  const { agentIds, kind, search, first, after } = parseInput(ListToolsOfAgentsInput, raw);
  const filter: Filter = { kind: kind ?? 'ENDPOINT', search: search || null, first, after };
  const name = JSON.stringify([filter.kind, filter.search, first, after || null]);
  const parts = new Map(agentIds.map((agentId) => [`page\n${agentId}\n${name}`, agentId]));
  const found = await views.recall(actor.tenant, [...parts.keys()], async (snapshot, missing) => {
    const wanted = missing.map((part) => parts.get(part) ?? '');
    const pages = await readPages(snapshot, actor, wanted, filter);
    return new Map([...pages].map(([agentId, page]) => [`page\n${agentId}\n${name}`, page]));
  });
  return new Map([...found].map(([part, { value }]) => [parts.get(part) ?? '', value]));
}

async function readPages(
  { em, version }: Snapshot,
  actor: Actor,
  agentIds: readonly string[],
  filter: Filter,
): Promise<Map<string, AgentToolPage>> {
  const views = await effectiveTools(em, actor.tenant, agentIds);
  const local = filter.kind === 'LOCAL' ? await readLocalTools(em) : [];
  const selections = agentIds.map((agentId) => {
    const tools = views.get(agentId) ?? [];
    const listed = { ENDPOINT: tools, LOCAL: local, MCP: [] }[filter.kind];
    return { agentId, toolCount: tools.length, ...selectTools(listed, filter) };
  });
  const shownIds = new Set(selections.flatMap(({ shown }) => shown.map(({ id }) => id)));
  const rows: ReadonlyMap<string, AgentTool> =
    filter.kind === 'LOCAL'
      ? new Map(local.map((tool) => [tool.id, { ...tool, kind: 'LOCAL' as const }]))
      : await readEndpointTools({ em, actor }, [...shownIds]);
  return new Map(
    selections.map(({ agentId, toolCount, total, start, shown }) => {
      const items = inView(shown, rows);
      const places = new Map(items.map(({ id }, index) => [id, start + index]));
      const page: AgentToolPage = {
        items,
        total,
        hasNextPage: start + filter.first < total,
        hasPreviousPage: start > 0,
        cursorOf: ({ id }) => encodeCursor([places.get(id) ?? -1, id]),
        toolCount,
        revision: String(version.revision),
      };
      return [agentId, page];
    }),
  );
}

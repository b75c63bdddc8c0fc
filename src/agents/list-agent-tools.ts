import { z } from 'zod';
import { requireScope } from '../access/require-scope.js';
import { type Actor, scopes } from '../context.js';
import { encodeCursor, type Page, pageArguments } from '../lib/page.js';
import { parseInput } from '../lib/parse-input.js';
import { type LocalToolRow, readLocalTools } from '../local-tools/list-local-tools.js';
import { AgentIdInput } from './agent-id.js';
import type { Snapshot } from './agent-views.js';
import {
  type EffectiveTool,
  type EffectiveView,
  effectiveTools,
  type ViewReads,
} from './effective-tools.js';
import { findInView } from './find-in-view.js';
import { type AgentServedTool, inView, readServedTools } from './read-served-tools.js';
import { localDocuments, withDocuments } from './search-documents.queries.js';
import { type Selection, selectTools } from './select-tools.js';
import type { Version } from './view-cache.js';

const filters = {
  kind: z.enum(['ENDPOINT', 'MCP', 'LOCAL']).nullish(),
  search: z.string().max(2000).nullish(),
  ...pageArguments({ first: 100 }),
};
export const ListToolsOfAgentsInput = z.object({ agentIds: z.array(AgentIdInput), ...filters });
export type ListToolsOfAgentsInput = z.input<typeof ListToolsOfAgentsInput>;

type Filter = Omit<z.output<typeof ListToolsOfAgentsInput>, 'agentIds' | 'kind'> & {
  /** Null: all that is called here. */
  kind: 'ENDPOINT' | 'MCP' | 'LOCAL' | null;
};

export type AgentLocalTool = LocalToolRow & { kind: 'LOCAL' };
export type AgentTool = AgentServedTool | AgentLocalTool;

/**
 * `toolCount` is the number of the tools that the agent may call, whatever the page shows of them. `revision` is the tenant's
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
  const filter: Filter = { kind: kind ?? null, search: search || null, first, after };
  const name = JSON.stringify([filter.kind, filter.search, first, after || null]);
  const parts = new Map(agentIds.map((agentId) => [`page\n${agentId}\n${name}`, agentId]));
  const found = await views.recall(actor.tenant, [...parts.keys()], async (snapshot, missing) => {
    const wanted = missing.map((part) => parts.get(part) ?? '');
    const pages = await readPages(snapshot, actor, wanted, filter);
    return new Map([...pages].map(([agentId, page]) => [`page\n${agentId}\n${name}`, page]));
  });
  return new Map([...found].map(([part, { value }]) => [parts.get(part) ?? '', value]));
}

type Selected = { agentId: string; toolCount: number; selection: Selection<EffectiveTool> };

async function readPages(
  { em, version }: Snapshot,
  actor: Actor,
  agentIds: readonly string[],
  filter: Filter,
): Promise<Map<string, AgentToolPage>> {
  const views = await effectiveTools(em, actor.tenant, agentIds);
  if (filter.kind === 'LOCAL') return localPages({ em, version }, views, agentIds, filter);
  const selections: Selected[] = [];
  for (const agentId of agentIds) {
    const tools = views.get(agentId)?.tools ?? [];
    const ofKind = filter.kind ? tools.filter(({ kind }) => kind === filter.kind) : tools;
    const listed = filter.search
      ? await findInView(ofKind, await withDocuments(em, actor.tenant, ofKind), filter.search)
      : ofKind;
    selections.push({ agentId, toolCount: tools.length, selection: selectTools(listed, filter) });
  }
  const rows = await readServedTools(
    { em, actor },
    selections.flatMap(({ selection }) => selection.shown),
  );
  return new Map(
    selections.map(({ agentId, toolCount, selection }) => {
      const items = inView(selection.shown, rows);
      return [agentId, toPage(items, selection, { toolCount, version, first: filter.first })];
    }),
  );
}

/** The same local tools for every agent. */
async function localPages(
  { em, version }: Snapshot,
  views: ReadonlyMap<string, EffectiveView>,
  agentIds: readonly string[],
  filter: Filter,
): Promise<Map<string, AgentToolPage>> {
  const local = (await readLocalTools(em)).map((tool) => ({ ...tool, kind: 'LOCAL' as const }));
  const listed = filter.search
    ? await findInView(local, localDocuments(local), filter.search)
    : local;
  const selection = selectTools(listed, filter);
  return new Map(
    agentIds.map((agentId) => {
      const toolCount = views.get(agentId)?.tools.length ?? 0;
      const about = { toolCount, version, first: filter.first };
      return [agentId, toPage(selection.shown, selection, about)];
    }),
  );
}

function toPage(
  items: AgentTool[],
  { total, start }: Pick<Selection<unknown>, 'total' | 'start'>,
  { toolCount, version, first }: { toolCount: number; version: Version; first: number },
): AgentToolPage {
  const places = new Map(items.map(({ id }, index) => [id, start + index]));
  return {
    items,
    total,
    hasNextPage: start + first < total,
    hasPreviousPage: start > 0,
    cursorOf: ({ id }) => encodeCursor([places.get(id) ?? -1, id]),
    toolCount,
    revision: String(version.revision),
  };
}

import { z } from 'zod';
import { requireScope } from '../access/require-scope.js';
import { type Actor, scopes } from '../context.js';
import { type Page, pageArguments } from '../lib/page.js';
import { parseInput } from '../lib/parse-input.js';
import { type LocalToolRow, readLocalTools } from '../local-tools/list-local-tools.js';
import { AgentIdInput } from './agent-id.js';
import type { Snapshot } from './agent-views.js';
import { type EffectiveTool, type EffectiveView, effectiveTools } from './effective-tools.js';
import {
  findInView,
  type ListReads,
  type ListSearch,
  openListSearch,
  versionOf,
} from './find-in-view.js';
import { type AgentServedTool, inView, readServedTools } from './read-served-tools.js';
import { localDocuments, withDocuments } from './search-documents.queries.js';
import { encodePlace, type Selection, selectTools } from './select-tools.js';
import type { Version } from './view-cache.js';

const filters = {
  kind: z.enum(['ENDPOINT', 'MCP', 'LOCAL']).nullish(),
  search: z.string().max(2000).nullish(),
  ...pageArguments({ first: 100 }),
};
export const ListToolsOfAgentsInput = z.object({ agentIds: z.array(AgentIdInput), ...filters });
export type ListToolsOfAgentsInput = z.input<typeof ListToolsOfAgentsInput>;

type Filter = Omit<z.output<typeof ListToolsOfAgentsInput>, 'agentIds' | 'kind' | 'search'> & {
  /** Null: all that is called here. */
  kind: 'ENDPOINT' | 'MCP' | 'LOCAL' | null;
  search: ListSearch | null;
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
  ctx: ListReads,
  raw: ListToolsOfAgentsInput,
): Promise<Map<string, AgentToolPage>> {
  const { actor, views } = ctx;
  requireScope(actor, scopes.read);
  const { agentIds, kind = null, search, first, after } = parseInput(ListToolsOfAgentsInput, raw);
  // Of local tools nothing but their words is known.
  const asked = { search: search || null, after };
  const opened = await openListSearch(kind === 'LOCAL' ? { actor, views } : ctx, asked);
  const filter: Filter = { kind, search: opened, first, after };
  const name = JSON.stringify([kind, asked.search, first, after || null, ...versionOf(opened)]);
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
      ? await findInView(em, {
          ...{ tools: ofKind, search: filter.search },
          documents: await withDocuments(em, actor.tenant, ofKind),
        })
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
      return [agentId, toPage(items, selection, { toolCount, version, filter })];
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
    ? await findInView(em, {
        ...{ tools: local, search: filter.search },
        documents: localDocuments(local),
      })
    : local;
  const selection = selectTools(listed, filter);
  return new Map(
    agentIds.map((agentId) => {
      const toolCount = views.get(agentId)?.tools.length ?? 0;
      const about = { toolCount, version, filter };
      return [agentId, toPage(selection.shown, selection, about)];
    }),
  );
}

function toPage(
  items: AgentTool[],
  { total, start }: Pick<Selection<unknown>, 'total' | 'start'>,
  {
    toolCount,
    version,
    filter: { first, search },
  }: { toolCount: number; version: Version; filter: Filter },
): AgentToolPage {
  const isByWords = search !== null && search.meanings === null;
  const places = new Map(items.map(({ id }, index) => [id, start + index]));
  return {
    items,
    total,
    hasNextPage: start + first < total,
    hasPreviousPage: start > 0,
    cursorOf: ({ id }) => encodePlace(places.get(id) ?? -1, id, isByWords),
    toolCount,
    revision: String(version.revision),
  };
}

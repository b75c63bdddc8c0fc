import DataLoader from 'dataloader';
import { agentIdsByEndpointIds } from '../../agents/agents.queries.js';
import { countToolsOfAgents, type ToolCount } from '../../agents/count-agent-tools.js';
import {
  type AgentToolPage,
  type ListToolsOfAgentsInput,
  listToolsOfAgents,
} from '../../agents/list-agent-tools.js';
import { securitySchemesByApiIds } from '../../calls/list-security-schemes.js';
import {
  apisByIds,
  type EndpointRow,
  endpointCountsByApiIds,
  endpointsByIds,
  parametersByEndpointIds,
  parametersByIds,
  schemasByEndpointIds,
} from '../../catalog/catalog.queries.js';
import {
  type ListEndpointsOfApisInput,
  listEndpointsOfApis,
} from '../../catalog/list-endpoints.js';
import { currentRevision } from '../../changes/current-revision.js';
import type { Context } from '../../context.js';
import type { Page } from '../../lib/page.js';
import { listLocalTools } from '../../local-tools/list-local-tools.js';

export type Loaders = ReturnType<typeof createLoaders>;
export type ToolFilter = Omit<ListToolsOfAgentsInput, 'agentIds'>;
export type EndpointFilter = Omit<ListEndpointsOfApisInput, 'apiIds' | 'agentId'>;

/**
 * The batched reads of one request: whatever asks within one tick of the event loop shares one statement, so that a
 * nested query costs a statement per level and not per row. They remember, so a write makes new ones.
 */
export function createLoaders(ctx: Context) {
  return {
    apis: byId((ids) => apisByIds(ctx, ids)),
    endpoints: byId((ids) => endpointsByIds(ctx, ids)),
    parameters: byId((ids) => parametersByIds(ctx, ids)),
    schemas: fromMap((ids) => schemasByEndpointIds(ctx, ids), null),
    parametersOf: fromMap((ids) => parametersByEndpointIds(ctx, ids), []),
    agentIdsOf: fromMap((ids) => agentIdsByEndpointIds(ctx, ids), []),
    endpointCounts: fromMap((ids) => endpointCountsByApiIds(ctx, ids), 0),
    securitySchemes: fromMap((ids) => securitySchemesByApiIds(ctx, ids), []),
    endpointPages: pageLoader<EndpointFilter, Page<EndpointRow>>(async (apiIds, filter) => {
      const pages = await listEndpointsOfApis(ctx, { apiIds, ...filter });
      return apiIds.map((apiId) => pages.get(apiId) ?? emptyPage);
    }),
    ...agentLoaders(ctx),
    localTools: new DataLoader(async (names: readonly string[]) => {
      const tools = await listLocalTools(ctx, {});
      const byName = new Map(tools.map((tool) => [tool.name, tool]));
      return names.map((name) => byName.get(name) ?? null);
    }),
    revision: new DataLoader(async (tenants: readonly string[]) => {
      const revision = await currentRevision(ctx);
      return tenants.map(() => revision);
    }),
  };
}

/** Null for an id that names no row of the tenant. */
function byId<Row extends { id: string }>(read: (ids: readonly string[]) => Promise<Row[]>) {
  return new DataLoader<string, Row | null>(async (ids) => {
    const rows = new Map((await read(ids)).map((row) => [row.id, row]));
    return ids.map((id) => rows.get(id.toLowerCase()) ?? null);
  });
}

function fromMap<Value, Missing>(
  read: (ids: readonly string[]) => Promise<ReadonlyMap<string, Value>>,
  missing: Missing,
) {
  return new DataLoader<string, Value | Missing>(async (ids) => {
    const values = await read(ids);
    return ids.map((id) => values.get(id) ?? missing);
  });
}

/** What is asked of one agent at once is of one revision: its page knows the rest. */
function agentLoaders(ctx: Context) {
  const asked = new Map<string, Promise<AgentToolPage>[]>();
  const pages = pageLoader<ToolFilter, AgentToolPage>(async (agentIds, filter) => {
    const found = await listToolsOfAgents(ctx, { agentIds, ...filter });
    return agentIds.map((id) => found.get(id) ?? new Error(`The agent "${id}" has no page.`));
  });
  const counts = new DataLoader<string, ToolCount>(async (agentIds) => {
    const bare = agentIds.filter((id) => !asked.has(id));
    const found =
      bare.length > 0 ? await countToolsOfAgents(ctx, bare) : new Map<string, ToolCount>();
    return Promise.all(
      agentIds.map((id) => {
        const count = found.get(id);
        return count ?? oldestOf(asked.get(id) ?? []).catch((cause: Error) => cause);
      }),
    );
  });
  return {
    toolCounts: counts,
    toolPages: {
      load(id: string, filter: ToolFilter): Promise<AgentToolPage> {
        const page = pages.load(id, filter);
        asked.set(id, [...(asked.get(id) ?? []), page]);
        return page;
      },
    },
  };
}

/** Whoever goes on from there misses nothing of any page. */
async function oldestOf(pages: readonly Promise<AgentToolPage>[]): Promise<ToolCount> {
  const [first, ...others] = await Promise.all(pages);
  if (!first) throw new Error('An agent without a page was taken for one with.');
  const oldest = others.reduce(
    (one, other) => (BigInt(other.revision) < BigInt(one.revision) ? other : one),
    first,
  );
  return { count: oldest.toolCount, revision: oldest.revision };
}

/** Pages of several parents are one read when they are asked for with the same arguments. */
function pageLoader<Filter extends object, Loaded>(
  read: (ids: string[], filter: Filter) => Promise<(Loaded | Error)[]>,
) {
  const byFilter = new Map<string, DataLoader<string, Loaded>>();
  return {
    load(id: string, filter: Filter): Promise<Loaded> {
      const key = JSON.stringify(Object.entries(filter).sort());
      const loader = byFilter.get(key) ?? new DataLoader((ids) => read([...ids], filter));
      byFilter.set(key, loader);
      return loader.load(id);
    },
  };
}

const emptyPage: Page<never> = {
  items: [],
  total: 0,
  hasNextPage: false,
  hasPreviousPage: false,
  cursorOf: () => '',
};

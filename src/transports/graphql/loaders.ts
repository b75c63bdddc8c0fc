import DataLoader from 'dataloader';
import { agentIdsByEndpointIds, toolCountsByAgentIds } from '../../agents/agents.queries.js';
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
    toolCounts: fromMap((ids) => toolCountsByAgentIds(ctx, ids), 0),
    endpointPages: pageLoader<EndpointFilter, Page<EndpointRow>>(async (apiIds, filter) => {
      const pages = await listEndpointsOfApis(ctx, { apiIds, ...filter });
      return apiIds.map((apiId) => pages.get(apiId) ?? emptyPage);
    }),
    toolPages: pageLoader<ToolFilter, AgentToolPage>(async (agentIds, filter) => {
      const pages = await listToolsOfAgents(ctx, { agentIds, ...filter });
      return agentIds.map((id) => pages.get(id) ?? new Error(`The agent "${id}" has no page.`));
    }),
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

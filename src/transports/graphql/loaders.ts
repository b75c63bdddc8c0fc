import DataLoader from 'dataloader';
import { agentIdsByEndpointIds } from '../../agents/agents.queries.js';
import { countToolsOfAgents, type ToolCount } from '../../agents/count-agent-tools.js';
import {
  type AgentToolPage,
  type ListToolsOfAgentsInput,
  listToolsOfAgents,
} from '../../agents/list-agent-tools.js';
import { type AssignedMcpTools, listMcpToolNames } from '../../agents/list-mcp-tool-names.js';
import { tokensByToolIds, tokensOfAgents } from '../../agents/tool-tokens.queries.js';
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
import { isUuid } from '../../lib/uuid.js';
import { listLocalTools } from '../../local-tools/list-local-tools.js';
import { mcpServersByIds } from '../../mcp-servers/mcp-servers.queries.js';
import {
  mcpToolDriftByIds,
  mcpToolsByIds,
  mcpToolsByServerIds,
} from '../../mcp-servers/mcp-tools.queries.js';

import { listSkills } from '../../skills/list-skills.js';
import type { SkillRow } from '../../skills/skills.queries.js';
import { type NamedTool, toolsOfSkills } from '../../skills/tools-of-skills.js';

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
    mcpTools: byId(async (ids) => [...(await mcpToolsByIds(ctx, ids.filter(isUuid))).values()]),
    mcpServers: byId((ids) => mcpServersByIds(ctx, ids)),
    mcpToolsOf: fromMap((ids) => mcpToolsByServerIds(ctx, ids), []),
    mcpToolDrift: fromMap((ids) => mcpToolDriftByIds(ctx, ids), null),
    skills: byId(async () => [...(await listSkills(ctx, {}))]),
    toolsOfSkills: skillToolsLoader(ctx),
    parameters: byId((ids) => parametersByIds(ctx, ids)),
    schemas: fromMap((ids) => schemasByEndpointIds(ctx, ids), null),
    toolTokens: fromMap((ids) => tokensByToolIds(ctx, ids), null),
    agentTokens: fromMap((ids) => tokensOfAgents(ctx, ids), 0),
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

/** By the skill itself, of which a version may be meant. */
function skillToolsLoader(ctx: Context) {
  return new DataLoader<SkillRow, NamedTool[]>(async (skills) => {
    const tools = await toolsOfSkills(ctx, skills);
    return skills.map(({ id }) => tools.get(id) ?? []);
  });
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
  const askedPages = new Map<string, Promise<AgentToolPage>[]>();
  const askedNames = new Map<string, Promise<AssignedMcpTools>>();
  const pages = pageLoader<ToolFilter, AgentToolPage>(async (agentIds, filter) => {
    const found = await listToolsOfAgents(ctx, { agentIds, ...filter });
    return agentIds.map((id) => found.get(id) ?? new Error(`The agent "${id}" has no page.`));
  });
  const names = new DataLoader<string, AssignedMcpTools>(async (agentIds) => {
    const found = await listMcpToolNames(ctx, agentIds);
    return agentIds.map((id) => found.get(id) ?? new Error(`The agent "${id}" has no list.`));
  });
  const counts = new DataLoader<string, ToolCount>(async (agentIds) => {
    const bare = agentIds.filter((id) => !askedPages.has(id));
    const found =
      bare.length > 0 ? await countToolsOfAgents(ctx, bare) : new Map<string, ToolCount>();
    return Promise.all(
      agentIds.map((id) => {
        const asked = [...(askedPages.get(id) ?? []).map(toCount), found.get(id)];
        return oldestOf(asked, askedNames.get(id)).catch((cause: Error) => cause);
      }),
    );
  });
  return {
    toolCounts: counts,
    toolPages: {
      load(id: string, filter: ToolFilter): Promise<AgentToolPage> {
        const page = pages.load(id, filter);
        askedPages.set(id, [...(askedPages.get(id) ?? []), page]);
        return page;
      },
    },
    mcpToolNames: {
      load(id: string): Promise<AssignedMcpTools> {
        const list = names.load(id);
        askedNames.set(id, list);
        return list;
      },
    },
  };
}

async function toCount(page: Promise<AgentToolPage>): Promise<ToolCount> {
  const { toolCount, revision } = await page;
  return { count: toolCount, revision };
}

/** Whoever goes on from there misses nothing of any page, nor of the names. */
async function oldestOf(
  counts: readonly (Promise<ToolCount> | ToolCount | undefined)[],
  names: Promise<AssignedMcpTools> | undefined,
): Promise<ToolCount> {
  const known = (await Promise.all(counts)).filter((one) => one !== undefined);
  const [first, ...others] = known;
  if (!first) throw new Error('An agent without a count was taken for one with.');
  const oldest = others.reduce((one, other) => (isOlder(other, one) ? other : one), first);
  const list = await names;
  return list && isOlder(list, oldest) ? { ...oldest, revision: list.revision } : oldest;
}

type OfRevision = { revision: string };

function isOlder(one: OfRevision, other: OfRevision): boolean {
  return BigInt(one.revision) < BigInt(other.revision);
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

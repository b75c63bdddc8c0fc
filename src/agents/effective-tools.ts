import type { EntityManager } from '@mikro-orm/postgresql';
import type { Context } from '../context.js';
import { isServed } from '../mcp-servers/mcp-tools.queries.js';
import { query } from '../storage/sql.js';
import { nameTools } from './name-tools.js';

/** What a read of agents' tools needs. */
export type ViewReads = Pick<Context, 'actor' | 'views'>;

/** What stands behind a tool that is called here. */
export type CallableKind = 'ENDPOINT' | 'MCP';

/** One tool of an agent's view: what the agent may list is exactly what it may call. */
export type EffectiveTool = {
  id: string;
  kind: CallableKind;
  name: string;
  description?: string | null | undefined;
};

export type EffectiveView = {
  /** In the order in which they were assigned, under the names that are theirs in the agent's view. */
  tools: EffectiveTool[];
  /** Ids of all MCP tools that are assigned, those among them that are not offered now. */
  assignedMcpTools: string[];
};

// What makes an assignment effective; the count of tools and their list must never disagree.
const effectiveEndpoints = `agent_tool_assignments t
  join endpoints e on e.tenant_id = t.tenant_id and e.id = t.endpoint_id and e.enabled
  where t.tenant_id = $1 and t.enabled`;

const assignedMcpTools = `agent_mcp_tools m
  join mcp_tools k on k.tenant_id = m.tenant_id and k.id = m.tool_id
  join mcp_servers s on s.tenant_id = k.tenant_id and s.id = k.server_id
  where m.tenant_id = $1`;

// One write makes one revision: of two tools with the same one, both are endpoints or both are MCP tools.
const selectTools = `select "agentId", kind, id, name, description, "isServed" from (
    select t.agent_id as "agentId", 'ENDPOINT' as kind, e.id, e.name, e.description, true as "isServed",
      t.assigned_revision as revision, e.api_id as "group", e.position
    from ${effectiveEndpoints} and t.agent_id = any($2)
    union all
    select m.agent_id, 'MCP', k.id, k.tool_name, k.description, ${isServed}, m.assigned_revision, null, m.position
    from ${assignedMcpTools} and m.agent_id = any($2)
  ) assigned order by "agentId", revision, kind, "group", position, id`;

type ToolRow = EffectiveTool & { agentId: string; isServed: boolean };

/** Each agent's tools. An agent that nothing is assigned to has no entry. */
export async function effectiveTools(
  em: EntityManager,
  tenant: string,
  agentIds: readonly string[],
): Promise<Map<string, EffectiveView>> {
  const rows = await query<ToolRow>(em, selectTools, [tenant, agentIds]);
  const reserved = await query<{ name: string }>(em, 'select name from local_tools');
  const names = reserved.map(({ name }) => name);
  const byAgent = Map.groupBy(rows, ({ agentId }) => agentId);
  return new Map([...byAgent].map(([agentId, tools]) => [agentId, toView(tools, names)]));
}

/** A tool that is not offered now keeps its name for when it is again: no other has to change its own twice. */
function toView(rows: readonly ToolRow[], reserved: readonly string[]): EffectiveView {
  return {
    tools: nameTools(rows, reserved).filter((tool) => tool.isServed),
    assignedMcpTools: rows.flatMap(({ kind, id }) => (kind === 'MCP' ? [id] : [])),
  };
}

/** Tool counts by agent; an agent without tools has no entry. `agentIds` null = every agent of the tenant. */
export async function countEffectiveTools(
  em: EntityManager,
  tenant: string,
  agentIds: readonly string[] | null,
): Promise<Map<string, number>> {
  const rows = await query<{ agentId: string; count: number }>(
    em,
    `select "agentId", sum(count)::int as count from (
       select t.agent_id as "agentId", count(*) from ${effectiveEndpoints}
       and ($2::text[] is null or t.agent_id = any($2)) group by t.agent_id
       union all
       select m.agent_id, count(*) from ${assignedMcpTools} and ${isServed}
       and ($2::text[] is null or m.agent_id = any($2)) group by m.agent_id
     ) counted group by "agentId" order by "agentId"`,
    [tenant, agentIds],
  );
  return new Map(rows.map(({ agentId, count }) => [agentId, count]));
}

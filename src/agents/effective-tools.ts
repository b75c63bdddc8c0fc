import type { EntityManager } from '@mikro-orm/postgresql';
import type { Context } from '../context.js';
import { query } from '../storage/sql.js';
import { nameTools } from './name-tools.js';

/** What a read of agents' tools needs. */
export type ViewReads = Pick<Context, 'actor' | 'views'>;

/** One tool of an agent's view: what the agent may list is exactly what it may call. */
export type EffectiveTool = { id: string; name: string; description?: string | null | undefined };

// What makes an assignment effective; the count of tools and their list must never disagree.
const effective = `agent_tool_assignments t
  join endpoints e on e.tenant_id = t.tenant_id and e.id = t.endpoint_id and e.enabled
  where t.tenant_id = $1 and t.enabled`;

/** Each agent's tools in their order, under the names that are theirs in that agent's view. */
export async function effectiveTools(
  em: EntityManager,
  tenant: string,
  agentIds: readonly string[],
): Promise<Map<string, EffectiveTool[]>> {
  const tools = await query<EffectiveTool & { agentId: string }>(
    em,
    `select t.agent_id as "agentId", e.id, e.name, e.description from ${effective} and t.agent_id = any($2)
     order by t.agent_id, t.assigned_revision, e.api_id, e.position, e.id`,
    [tenant, agentIds],
  );
  const reserved = await query<{ name: string }>(em, 'select name from local_tools');
  const names = reserved.map(({ name }) => name);
  const byAgent = Map.groupBy(tools, ({ agentId }) => agentId);
  return new Map([...byAgent].map(([agentId, view]) => [agentId, nameTools(view, names)]));
}

/** Tool counts by agent; an agent without tools has no entry. `agentIds` null = every agent of the tenant. */
export async function countEffectiveTools(
  em: EntityManager,
  tenant: string,
  agentIds: readonly string[] | null,
): Promise<Map<string, number>> {
  const rows = await query<{ agentId: string; count: number }>(
    em,
    `select t.agent_id as "agentId", count(*)::int as count from ${effective}
     and ($2::text[] is null or t.agent_id = any($2)) group by t.agent_id order by t.agent_id`,
    [tenant, agentIds],
  );
  return new Map(rows.map(({ agentId, count }) => [agentId, count]));
}

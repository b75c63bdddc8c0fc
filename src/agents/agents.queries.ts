import { requireScope } from '../access/require-scope.js';
import { type Context, scopes } from '../context.js';
import { isUuid } from '../lib/uuid.js';
import { query } from '../storage/sql.js';

type Reads = Pick<Context, 'em' | 'actor'>;

/** Agents that are assigned each endpoint, sorted; endpoints without any are left out. */
export async function agentIdsByEndpointIds(
  ctx: Reads,
  endpointIds: readonly string[],
): Promise<Map<string, string[]>> {
  requireScope(ctx.actor, scopes.read);
  const rows = await query<{ endpointId: string; agentIds: string[] }>(
    ctx.em,
    `select endpoint_id as "endpointId", array_agg(agent_id order by agent_id) as "agentIds"
     from agent_tool_assignments where tenant_id = $1 and endpoint_id = any($2::uuid[]) group by endpoint_id`,
    [ctx.actor.tenant, endpointIds.filter(isUuid)],
  );
  return new Map(rows.map(({ endpointId, agentIds }) => [endpointId, agentIds]));
}

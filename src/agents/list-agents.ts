import { requireScope } from '../access/require-scope.js';
import { type Context, scopes } from '../context.js';
import { query } from '../storage/sql.js';

/** Every agent of the tenant that is assigned anything, by id. */
export async function listAgents(ctx: Pick<Context, 'em' | 'actor'>): Promise<{ id: string }[]> {
  requireScope(ctx.actor, scopes.read);
  return query<{ id: string }>(
    ctx.em,
    'select distinct agent_id as id from agent_tool_assignments where tenant_id = $1 order by 1',
    [ctx.actor.tenant],
  );
}

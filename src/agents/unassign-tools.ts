import { requireScope } from '../access/require-scope.js';
import { writeCatalog } from '../changes/write-catalog.js';
import { type Context, scopes } from '../context.js';
import { parseInput } from '../lib/parse-input.js';
import { query } from '../storage/sql.js';
import { type AssignmentResult, AssignToolsInput, refuseUnknownEndpoints } from './assign-tools.js';

/**
 * Takes endpoints from an agent, all or none; those it does not have are fine. An input that takes nothing takes no
 * revision. Throws INVALID_INPUT naming every id that does not exist.
 */
export async function unassignTools(
  ctx: Pick<Context, 'em' | 'actor' | 'clock'>,
  raw: AssignToolsInput,
): Promise<AssignmentResult> {
  requireScope(ctx.actor, scopes.write);
  const { agentId, endpointIds } = parseInput(AssignToolsInput, raw);
  return writeCatalog(ctx, async ({ em, revision, record }) => {
    const tenant = ctx.actor.tenant;
    await refuseUnknownEndpoints(em, tenant, endpointIds);
    const removed = await query(
      em,
      `delete from agent_tool_assignments
       where tenant_id = $1 and agent_id = $2 and endpoint_id = any($3::uuid[]) returning endpoint_id`,
      [tenant, agentId, endpointIds],
    );
    if (removed.length === 0) return { agentId, assigned: 0, revision };
    return {
      agentId,
      assigned: removed.length,
      revision: await record({ kind: 'TOOLS_UNASSIGNED', agentIds: [agentId] }),
    };
  });
}

import { requireScope } from '../access/require-scope.js';
import { scopes } from '../context.js';
import { query } from '../storage/sql.js';
import type { ReadParts } from './agent-views.js';
import type { ViewReads } from './effective-tools.js';

/** Every agent of the tenant that is assigned anything, by id. */
export async function listAgents({ actor, views }: ViewReads): Promise<{ id: string }[]> {
  requireScope(actor, scopes.read);
  const read: ReadParts<{ id: string }[]> = async ({ em }) => {
    const agents = await query<{ id: string }>(
      em,
      `select agent_id as id from agent_tool_assignments where tenant_id = $1
       union select agent_id from agent_mcp_tools where tenant_id = $1 order by 1`,
      [actor.tenant],
    );
    return new Map([[part, agents]]);
  };
  return (await views.recall(actor.tenant, [part], read)).get(part)?.value ?? [];
}

const part = 'agents';

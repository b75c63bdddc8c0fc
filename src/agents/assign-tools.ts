import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { requireScope } from '../access/require-scope.js';
import { writeCatalog } from '../changes/write-catalog.js';
import { type Context, scopes } from '../context.js';
import { AppError, type InputIssue } from '../errors.js';
import { parseInput } from '../lib/parse-input.js';
import { isUuid } from '../lib/uuid.js';
import { query } from '../storage/sql.js';
import { AgentIdInput } from './agent-id.js';

export const AssignToolsInput = z.object({
  agentId: AgentIdInput,
  endpointIds: z.array(z.string()).max(10_000),
});
export type AssignToolsInput = z.input<typeof AssignToolsInput>;

export type AssignmentResult = {
  agentId: string;
  /** How many assignments this call added, or removed. */
  assigned: number;
  /** The tenant's revision afterwards. */
  revision: string;
};

/**
 * Adds endpoints to an agent, all or none; those it has already stay. An input that adds nothing takes no revision.
 * Throws INVALID_INPUT naming every id that does not exist.
 */
export async function assignTools(
  ctx: Pick<Context, 'em' | 'actor' | 'clock'>,
  raw: AssignToolsInput,
): Promise<AssignmentResult> {
  requireScope(ctx.actor, scopes.write);
  const { agentId, endpointIds } = parseInput(AssignToolsInput, raw);
  return writeCatalog(ctx, async ({ em, revision, record }) => {
    const tenant = ctx.actor.tenant;
    await refuseUnknownEndpoints(em, tenant, endpointIds);
    const added = await query(
      em,
      `insert into agent_tool_assignments (tenant_id, app_id, agent_id, endpoint_id, assigned_revision)
       select e.tenant_id, a.app_id, $2, e.id, $4::bigint + 1 from endpoints e
       join apis a on a.tenant_id = e.tenant_id and a.id = e.api_id
       where e.tenant_id = $1 and e.id = any($3::uuid[])
       on conflict do nothing returning endpoint_id`,
      [tenant, agentId, endpointIds, revision],
    );
    if (added.length === 0) return { agentId, assigned: 0, revision };
    return {
      agentId,
      assigned: added.length,
      revision: await record({ kind: 'TOOLS_ASSIGNED', agentIds: [agentId] }),
    };
  });
}

/** Throws INVALID_INPUT with one issue for every id that is no endpoint of the tenant. */
export async function refuseUnknownEndpoints(
  em: EntityManager,
  tenant: string,
  endpointIds: string[],
): Promise<void> {
  const rows = await query<{ id: string }>(
    em,
    'select id from endpoints where tenant_id = $1 and id = any($2::uuid[])',
    [tenant, endpointIds.filter(isUuid)],
  );
  const known = new Set(rows.map(({ id }) => id));
  const issues: InputIssue[] = endpointIds.flatMap((id, index) =>
    known.has(id.toLowerCase())
      ? []
      : [
          {
            path: ['endpointIds', index],
            message: `there is no endpoint with the id "${id}"`,
            code: 'unknown_endpoint',
          },
        ],
  );
  if (issues.length === 0) return;
  const named = issues.slice(0, 20).map(({ message }) => message);
  const more = issues.length > named.length ? ` (and ${issues.length - named.length} more)` : '';
  throw new AppError('INVALID_INPUT', `endpointIds: ${named.join('; ')}${more}`, { issues });
}

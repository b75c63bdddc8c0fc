import { z } from 'zod';
import { requireScope } from '../access/require-scope.js';
import { writeCatalog } from '../changes/write-catalog.js';
import { type Context, scopes } from '../context.js';
import { AppError } from '../errors.js';
import { parseInput } from '../lib/parse-input.js';
import { isUuid } from '../lib/uuid.js';
import { query } from '../storage/sql.js';
import { agentIdsOfTools } from './mcp-servers.queries.js';
import { type McpToolRow, mcpToolsByIds } from './mcp-tools.queries.js';
import type { HeldDefinition } from './tool-snapshot.js';
import { releaseTool } from './write-tools.js';

export const ApproveMcpToolInput = z.object({
  /** Id of the tool, or what its server calls it together with `serverId`. */
  tool: z.string().min(1).max(300),
  serverId: z.string().nullish(),
  /** Of the definition that the person looked at; another one that came since is refused. */
  fingerprint: z.string().max(100).nullish(),
});
export type ApproveMcpToolInput = z.input<typeof ApproveMcpToolInput>;

type Found = { id: string; serverId: string; held: HeldDefinition | null };

/**
 * Puts into service what was held back of a tool: agents that are assigned it get the new definition in this revision.
 * A tool of which nothing is held back stays as it is. Throws NOT_FOUND, or CONFLICT when another definition than the
 * one of `fingerprint` is held.
 */
export async function approveMcpTool(
  ctx: Pick<Context, 'em' | 'actor' | 'clock'>,
  raw: ApproveMcpToolInput,
): Promise<McpToolRow> {
  requireScope(ctx.actor, scopes.write);
  const { tool, serverId, fingerprint } = parseInput(ApproveMcpToolInput, raw);
  const tenant = ctx.actor.tenant;
  const id = await writeCatalog(ctx, async ({ em, record }) => {
    const [found] = await query<Found>(
      em,
      `select id, server_id as "serverId", held from mcp_tools
       where tenant_id = $1 and ($2::uuid is null or server_id = $2) and (id = $3::uuid or ($2 is not null and name = $4))
       order by id = $3 desc nulls last limit 1`,
      [tenant, serverId && isUuid(serverId) ? serverId : null, isUuid(tool) ? tool : null, tool],
    );
    if (!found || (serverId && !isUuid(serverId))) return refuseUnknownTool(tool);
    const { held } = found;
    if (fingerprint && held && held.fingerprint !== fingerprint) {
      throw new AppError(
        'CONFLICT',
        'The server has changed the tool again since. Look at what is held back now, then approve that.',
        { fingerprint: held.fingerprint },
      );
    }
    if (held) {
      await releaseTool(em, { tenant, id: found.id, held });
      const agentIds = await agentIdsOfTools(em, tenant, [found.id]);
      await record({ kind: 'MCP_TOOLS_CHANGED', mcpServerId: found.serverId, agentIds });
    }
    return found.id;
  });
  return (await mcpToolsByIds(ctx, [id])).get(id) ?? refuseUnknownTool(tool);
}

/** A row of another tenant answers exactly like a row that does not exist. */
function refuseUnknownTool(tool: string): never {
  throw new AppError('NOT_FOUND', `There is no MCP tool "${tool}".`, { tool });
}

import { requireScope } from '../access/require-scope.js';
import { writeCatalog } from '../changes/write-catalog.js';
import { type Context, scopes } from '../context.js';
import { parseInput } from '../lib/parse-input.js';
import { isUuid } from '../lib/uuid.js';
import { query } from '../storage/sql.js';
import { McpServerIdInput } from './get-mcp-server.js';
import { toSessionKey } from './mcp-server-target.js';
import { agentIdsOfServer, refuseUnknownServer } from './mcp-servers.queries.js';

/** Removes a server with its tools; they leave their agents' views in the same revision. Throws NOT_FOUND. */
export async function removeMcpServer(
  ctx: Pick<Context, 'em' | 'actor' | 'clock' | 'mcp'>,
  raw: McpServerIdInput,
): Promise<boolean> {
  requireScope(ctx.actor, scopes.write);
  const { id } = parseInput(McpServerIdInput, raw);
  if (!isUuid(id)) return refuseUnknownServer(id);
  const tenant = ctx.actor.tenant;
  await writeCatalog(ctx, async ({ em, record }) => {
    const agentIds = await agentIdsOfServer(em, tenant, id);
    const deleted = await query(
      em,
      'delete from mcp_servers where tenant_id = $1 and id = $2::uuid returning id',
      [tenant, id],
    );
    if (deleted.length === 0) return refuseUnknownServer(id);
    await record({ kind: 'MCP_SERVER_REMOVED', mcpServerId: id, agentIds });
  });
  ctx.mcp.sessions.drop(toSessionKey({ tenant, id }));
  return true;
}

import { requireScope } from '../access/require-scope.js';
import { scopes } from '../context.js';
import { parseInput } from '../lib/parse-input.js';
import { isUuid } from '../lib/uuid.js';
import { type DiscoveryContext, discoverTools } from './discover-tools.js';
import { getMcpServer, McpServerIdInput } from './get-mcp-server.js';
import { type McpServerRow, refuseUnknownServer } from './mcp-servers.queries.js';

/**
 * Asks the server for its tools now. Throws NOT_FOUND, CONFLICT for a server that is switched off, and what the server
 * failed with; the tools that it had stay.
 */
export async function refreshMcpServer(
  ctx: DiscoveryContext,
  raw: McpServerIdInput,
): Promise<McpServerRow> {
  requireScope(ctx.actor, scopes.write);
  const { id } = parseInput(McpServerIdInput, raw);
  if (!isUuid(id)) return refuseUnknownServer(id);
  await discoverTools(ctx, id);
  return getMcpServer(ctx, { id });
}

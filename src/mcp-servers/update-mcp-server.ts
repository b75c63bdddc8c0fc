import { z } from 'zod';
import { requireScope } from '../access/require-scope.js';
import { writeCatalog } from '../changes/write-catalog.js';
import { scopes } from '../context.js';
import { parseInput } from '../lib/parse-input.js';
import { isUuid } from '../lib/uuid.js';
import { query } from '../storage/sql.js';
import type { DiscoveryContext } from './discover-tools.js';
import { getMcpServer } from './get-mcp-server.js';
import { indexToolsOfServer } from './index-mcp-tools.js';
import { ServerNameInput, TimeoutSecondsInput, UpstreamUrlsInput } from './mcp-server-input.js';
import { toSessionKey } from './mcp-server-target.js';
import { agentIdsOfServer, type McpServerRow, refuseUnknownServer } from './mcp-servers.queries.js';
import { discoverQuietly, refuseTakenName } from './register-mcp-server.js';

export const UpdateMcpServerInput = z.object({
  id: z.string().min(1, 'expected an id'),
  name: ServerNameInput.nullish(),
  timeoutSeconds: TimeoutSecondsInput.nullish(),
  /** False: its tools leave the views of all agents in the same revision, and nothing is sent to it. */
  isActive: z.boolean().nullish(),
  /** See `UpstreamUrlsInput`. */
  upstreamUrls: UpstreamUrlsInput.nullish(),
});
export type UpdateMcpServerInput = z.input<typeof UpdateMcpServerInput>;

type Settings = {
  name: string;
  timeoutSeconds: number;
  isActive: boolean;
  upstreamUrls: string[] | null;
};

/**
 * Changes the settings of a server, or switches it off and on; one that is switched on is asked for its tools. What is
 * absent stays. Throws NOT_FOUND, or CONFLICT for a name that is taken.
 */
export async function updateMcpServer(
  ctx: DiscoveryContext,
  raw: UpdateMcpServerInput,
): Promise<McpServerRow> {
  requireScope(ctx.actor, scopes.write);
  const { id, ...given } = parseInput(UpdateMcpServerInput, raw);
  if (!isUuid(id)) return refuseUnknownServer(id);
  const tenant = ctx.actor.tenant;
  const isSwitchedOn = await writeCatalog(ctx, async ({ em, record }) => {
    const [before] = await query<Settings & { isNameTaken: boolean }>(
      em,
      `select name, timeout_seconds as "timeoutSeconds", is_active as "isActive", upstream_urls as "upstreamUrls",
         exists (select from mcp_servers where tenant_id = $1 and name = $3 and id <> $2::uuid) as "isNameTaken"
       from mcp_servers where tenant_id = $1 and id = $2::uuid`,
      [tenant, id, given.name ?? null],
    );
    if (!before) return refuseUnknownServer(id);
    const after: Settings = {
      name: given.name ?? before.name,
      timeoutSeconds: given.timeoutSeconds ?? before.timeoutSeconds,
      isActive: given.isActive ?? before.isActive,
      upstreamUrls: given.upstreamUrls ?? before.upstreamUrls,
    };
    if (before.isNameTaken) refuseTakenName(after.name);
    const isSwitched = after.isActive !== before.isActive;
    const isSame =
      JSON.stringify({ ...after, isActive: before.isActive }) ===
      JSON.stringify(settingsOf(before));
    if (isSame && !isSwitched) return false;
    await query(
      em,
      `update mcp_servers set name = $3, timeout_seconds = $4, is_active = $5, updated_at = $6::timestamptz,
         status = case when not $7 then status when $5 then 'UNKNOWN' else 'DISABLED' end,
         status_message = case when $7 then null else status_message end,
         next_refresh_at = case when $7 then null else next_refresh_at end, upstream_urls = $8::json
       where tenant_id = $1 and id = $2::uuid`,
      [
        ...[tenant, id, after.name, after.timeoutSeconds, after.isActive],
        ...[ctx.clock.now().toISOString(), isSwitched],
        after.upstreamUrls && JSON.stringify(after.upstreamUrls),
      ],
    );
    if (after.name !== before.name) await indexToolsOfServer(em, tenant, id);
    // The name is a part of how agents' tools are called where two servers share a name.
    const agentIds = await agentIdsOfServer(em, tenant, id);
    await record({ kind: 'MCP_SERVER_UPDATED', mcpServerId: id, agentIds });
    return isSwitched && after.isActive;
  });
  if (isSwitchedOn) await discoverQuietly(ctx, id);
  else if (given.isActive === false) ctx.mcp.sessions.drop(toSessionKey({ tenant, id }));
  return getMcpServer(ctx, { id });
}

function settingsOf({ name, timeoutSeconds, isActive, upstreamUrls }: Settings): Settings {
  return { name, timeoutSeconds, isActive, upstreamUrls };
}

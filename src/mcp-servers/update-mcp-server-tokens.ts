import { z } from 'zod';
import { requireScope } from '../access/require-scope.js';
import { writeCatalog } from '../changes/write-catalog.js';
import { type Context, scopes } from '../context.js';
import { AppError } from '../errors.js';
import { parseInput } from '../lib/parse-input.js';
import { isUuid } from '../lib/uuid.js';
import { query } from '../storage/sql.js';
import type { DiscoveryContext } from './discover-tools.js';
import { getMcpServer } from './get-mcp-server.js';
import type { McpServerStatus } from './mcp-server.entity.js';
import { TokenInput } from './mcp-server-input.js';
import { toSessionKey } from './mcp-server-target.js';
import { type McpServerRow, refuseUnknownServer } from './mcp-servers.queries.js';
import { discoverQuietly } from './register-mcp-server.js';

export const UpdateMcpServerTokensInput = z.object({
  id: z.string().min(1, 'expected an id'),
  accessToken: TokenInput.nullish(),
  refreshToken: TokenInput.nullish(),
  /** From now on, of the access token; without it nobody knows. */
  expiresInSeconds: z.number().int().min(0).max(10_000_000_000).nullish(),
});
export type UpdateMcpServerTokensInput = z.input<typeof UpdateMcpServerTokensInput>;

/**
 * Stores tokens in place of those that were there, sealed; what is absent stays. A server that was not READY is asked
 * for its tools with them. Throws NOT_FOUND, INVALID_INPUT when there is nothing to store.
 */
export async function updateMcpServerTokens(
  ctx: DiscoveryContext & Pick<Context, 'sealer'>,
  raw: UpdateMcpServerTokensInput,
): Promise<McpServerRow> {
  requireScope(ctx.actor, scopes.write);
  const { id, accessToken, refreshToken, expiresInSeconds } = parseInput(
    UpdateMcpServerTokensInput,
    raw,
  );
  if (accessToken == null && refreshToken == null) {
    throw new AppError('INVALID_INPUT', 'Expected an access token, a refresh token, or both.', {
      issues: [{ path: ['accessToken'], message: 'expected a token', code: 'missing' }],
    });
  }
  if (!isUuid(id)) return refuseUnknownServer(id);
  const tenant = ctx.actor.tenant;
  const now = ctx.clock.now();
  const expiresAt =
    expiresInSeconds == null ? null : new Date(now.getTime() + expiresInSeconds * 1000);
  const seal = (token: string | null | undefined) =>
    token == null ? null : JSON.stringify(ctx.sealer.seal(token));
  const status = await writeCatalog(ctx, async ({ em, record }) => {
    const [row] = await query<{ status: McpServerStatus }>(
      em,
      `with before as (
         select status from mcp_servers where tenant_id = $1 and id = $2::uuid
       )
       update mcp_servers s set
         access_token = coalesce($3::text::jsonb, s.access_token),
         refresh_token = coalesce($4::text::jsonb, s.refresh_token),
         token_expires_at = case when $3::text is null then s.token_expires_at else $5::timestamptz end,
         token_version = s.token_version + 1, refresh_lease_until = null, refresh_lease_owner = null,
         status = case when s.status = 'NEEDS_REAUTH' then 'UNKNOWN' else s.status end,
         status_message = case when s.status = 'NEEDS_REAUTH' then null else s.status_message end,
         refresh_failures = 0, updated_at = $6::timestamptz,
         next_refresh_at = case when s.is_active and $7 then $6::timestamptz end
       from before where s.tenant_id = $1 and s.id = $2::uuid returning before.status`,
      [
        ...[tenant, id, seal(accessToken), seal(refreshToken), expiresAt?.toISOString() ?? null],
        ...[now.toISOString(), ctx.mcp.refreshSeconds > 0],
      ],
    );
    if (!row) return refuseUnknownServer(id);
    await record({ kind: 'MCP_SERVER_UPDATED', mcpServerId: id });
    return row.status;
  });
  ctx.mcp.sessions.drop(toSessionKey({ tenant, id }));
  if (status !== 'READY' && status !== 'DISABLED') await discoverQuietly(ctx, id);
  return getMcpServer(ctx, { id });
}

import type { EntityManager } from '@mikro-orm/postgresql';
import type { Sealer } from '../../credentials/sealer.js';
import { AppError } from '../../errors.js';
import { query } from '../../storage/sql.js';
import type { McpTokens } from './mcp-tokens.js';

/** Authorizes with the access token that is stored. */
export function createMcpTokens({
  fork,
  sealer,
}: {
  fork(): EntityManager;
  sealer: Sealer;
}): McpTokens {
  return {
    authorize: async ({ tenant, id }) => {
      const [row] = await query<{ token: string | null }>(
        fork(),
        'select access_token as token from mcp_servers where tenant_id = $1 and id = $2::uuid',
        [tenant, id],
      );
      if (!row) throw new AppError('NOT_FOUND', `There is no MCP server ${id}.`);
      return row.token === null ? null : `Bearer ${sealer.open(row.token)}`;
    },
  };
}

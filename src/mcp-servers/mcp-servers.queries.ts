import type { EntityManager } from '@mikro-orm/postgresql';
import { requireScope } from '../access/require-scope.js';
import { type Context, scopes } from '../context.js';
import { AppError } from '../errors.js';
import { isUuid } from '../lib/uuid.js';
import { query } from '../storage/sql.js';
import type { McpServer } from './mcp-server.entity.js';

export type Reads = Pick<Context, 'em' | 'actor'>;

/** A server as lists show it: whether there are tokens, never the tokens. */
export type McpServerRow = Pick<
  McpServer,
  | 'id'
  | 'tenantId'
  | 'appId'
  | 'name'
  | 'serverUrl'
  | 'transport'
  | 'clientId'
  | 'tokenUrl'
  | 'scope'
  | 'timeoutSeconds'
  | 'upstreamUrls'
  | 'isActive'
  | 'status'
  | 'statusMessage'
  | 'problems'
  | 'tokenExpiresAt'
  | 'listedAt'
  | 'createdAt'
  | 'updatedAt'
> & { hasAccessToken: boolean; hasRefreshToken: boolean; hasClientSecret: boolean };

export const mcpServerColumns = `s.id, s.tenant_id as "tenantId", s.app_id as "appId", s.name,
  s.server_url as "serverUrl", s.transport, s.client_id as "clientId", s.token_url as "tokenUrl", s.scope,
  s.timeout_seconds as "timeoutSeconds", s.upstream_urls as "upstreamUrls", s.is_active as "isActive", s.status, s.status_message as "statusMessage",
  s.problems, s.token_expires_at as "tokenExpiresAt", s.listed_at as "listedAt", s.created_at as "createdAt",
  s.updated_at as "updatedAt", s.access_token is not null as "hasAccessToken",
  s.refresh_token is not null as "hasRefreshToken", s.client_secret is not null as "hasClientSecret"`;

/** Timestamps arrive from the database as text. */
export function toMcpServerRow(row: McpServerRow): McpServerRow {
  return {
    ...row,
    tokenExpiresAt: row.tokenExpiresAt ? new Date(row.tokenExpiresAt) : null,
    listedAt: row.listedAt ? new Date(row.listedAt) : null,
    createdAt: new Date(row.createdAt),
    updatedAt: new Date(row.updatedAt),
  };
}

/** In no particular order; ids that do not exist in the tenant are left out. */
export async function mcpServersByIds(
  { em, actor }: Reads,
  ids: readonly string[],
): Promise<McpServerRow[]> {
  requireScope(actor, scopes.read);
  const rows = await query<McpServerRow>(
    em,
    `select ${mcpServerColumns} from mcp_servers s where s.tenant_id = $1 and s.id = any($2::uuid[])`,
    [actor.tenant, ids.filter(isUuid)],
  );
  return rows.map(toMcpServerRow);
}

/** Agents that are assigned any of these tools, sorted. */
export async function agentIdsOfTools(
  em: EntityManager,
  tenant: string,
  toolIds: readonly string[],
): Promise<string[]> {
  const rows = await query<{ agentId: string }>(
    em,
    `select distinct agent_id as "agentId" from agent_mcp_tools
     where tenant_id = $1 and tool_id = any($2::uuid[]) order by 1`,
    [tenant, toolIds],
  );
  return rows.map(({ agentId }) => agentId);
}

/** Agents that are assigned any tool of the server, sorted. */
export async function agentIdsOfServer(
  em: EntityManager,
  tenant: string,
  serverId: string,
): Promise<string[]> {
  const rows = await query<{ agentId: string }>(
    em,
    `select distinct a.agent_id as "agentId" from agent_mcp_tools a
     join mcp_tools k on k.tenant_id = a.tenant_id and k.id = a.tool_id
     where a.tenant_id = $1 and k.server_id = $2::uuid order by 1`,
    [tenant, serverId],
  );
  return rows.map(({ agentId }) => agentId);
}

/** A row of another tenant answers exactly like a row that does not exist. */
export function refuseUnknownServer(id: string): never {
  throw new AppError('NOT_FOUND', `There is no MCP server with the id "${id}".`, { id });
}

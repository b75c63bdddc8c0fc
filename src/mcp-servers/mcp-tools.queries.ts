import { requireScope } from '../access/require-scope.js';
import { type Context, scopes } from '../context.js';
import { isUuid } from '../lib/uuid.js';
import type { JsonSchema } from '../openapi/types.js';
import { query } from '../storage/sql.js';
import type { McpTool } from './mcp-tool.entity.js';

/** A tool of an MCP server as lists show it: the definition that was approved last. */
export type McpToolRow = Pick<McpTool, 'id' | 'serverId' | 'title' | 'description'> & {
  kind: 'MCP';
  /** Safe for every provider of agents; unique within the server. */
  name: string;
  /** What the server calls it. */
  serverToolName: string;
  serverName: string;
  inputSchema: JsonSchema;
  outputSchema: JsonSchema | null;
  annotations: Record<string, unknown>;
  /** Its server is active and lists it, and it is not held back: agents that are assigned it are offered it. */
  enabled: boolean;
};

/** Whether a tool `k` of a server `s` is offered to agents that are assigned it. */
export const isServed = 'k.is_listed and k.is_approved and s.is_active';

/** What `McpToolRow` needs of a tool `k` of a server `s`. */
export const mcpToolColumns = `k.id, k.server_id as "serverId", k.tool_name as name, k.name as "serverToolName",
  s.name as "serverName", k.title, k.description, k.input_schema as "inputSchema", k.output_schema as "outputSchema",
  k.annotations, ${isServed} as enabled`;

/** Tools of the tenant by id; ids that name none are left out. */
export async function mcpToolsByIds(
  { em, actor }: Pick<Context, 'em' | 'actor'>,
  ids: readonly string[],
): Promise<Map<string, McpToolRow>> {
  requireScope(actor, scopes.read);
  if (ids.length === 0) return new Map();
  const rows = await query<Omit<McpToolRow, 'kind'>>(
    em,
    `select ${mcpToolColumns} from mcp_tools k
     join mcp_servers s on s.tenant_id = k.tenant_id and s.id = k.server_id
     where k.tenant_id = $1 and k.id = any($2::uuid[])`,
    [actor.tenant, ids],
  );
  return new Map(rows.map((row) => [row.id, { ...row, kind: 'MCP' as const }]));
}

/** Each server's tools, held back ones among them, in the order of its list; servers without any are left out. */
export async function mcpToolsByServerIds(
  { em, actor }: Pick<Context, 'em' | 'actor'>,
  serverIds: readonly string[],
): Promise<Map<string, McpToolRow[]>> {
  requireScope(actor, scopes.read);
  const rows = await query<Omit<McpToolRow, 'kind'>>(
    em,
    `select ${mcpToolColumns} from mcp_tools k
     join mcp_servers s on s.tenant_id = k.tenant_id and s.id = k.server_id
     where k.tenant_id = $1 and k.server_id = any($2::uuid[]) and k.is_listed order by k.server_id, k.position, k.id`,
    [actor.tenant, serverIds.filter(isUuid)],
  );
  const tools = rows.map((row) => ({ ...row, kind: 'MCP' as const }));
  return Map.groupBy(tools, ({ serverId }) => serverId);
}

/** How a tool changed since it was first seen. */
export type McpToolDrift = Pick<
  McpTool,
  'isListed' | 'isApproved' | 'grade' | 'reasons' | 'held' | 'fingerprint'
>;

/** By id of the tool; ids that do not exist in the tenant are left out. */
export async function mcpToolDriftByIds(
  { em, actor }: Pick<Context, 'em' | 'actor'>,
  ids: readonly string[],
): Promise<Map<string, McpToolDrift>> {
  requireScope(actor, scopes.read);
  const rows = await query<McpToolDrift & { id: string }>(
    em,
    `select id, is_listed as "isListed", is_approved as "isApproved", grade, reasons, held, fingerprint
     from mcp_tools where tenant_id = $1 and id = any($2::uuid[])`,
    [actor.tenant, ids.filter(isUuid)],
  );
  return new Map(rows.map(({ id, ...drift }) => [id, drift]));
}

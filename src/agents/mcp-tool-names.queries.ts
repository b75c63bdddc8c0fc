import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '../storage/sql.js';
import { formsOf, indexMcpTools, type NamedMcpTool } from './index-mcp-tools.js';

const columns = `k.id, k.name, k.tool_name as "toolName", s.name as "serverName"`;
const tools = `mcp_tools k join mcp_servers s on s.tenant_id = k.tenant_id and s.id = k.server_id`;

/** Every tool of the tenant that one of the names may mean: see `McpToolIndex`. */
export function mcpToolsNamed(
  em: EntityManager,
  tenant: string,
  names: readonly string[],
): Promise<NamedMcpTool[]> {
  return query<NamedMcpTool>(
    em,
    `select ${columns} from ${tools} where k.tenant_id = $1
       and (k.name = any($2) or k.tool_name = any($2) or s.name || '/' || k.name = any($2)
         or s.name || '/' || k.tool_name = any($2) or k.id::text = any($2))
     order by s.name, k.position, k.id`,
    [tenant, names],
  );
}

/** Every tool of the tenant that shares `tool` or `server/tool` with one of these: found by index, not by a look at all. */
function mcpToolsAlike(
  em: EntityManager,
  tenant: string,
  alike: readonly NamedMcpTool[],
): Promise<NamedMcpTool[]> {
  const names = new Set(alike.flatMap(formsOf).flatMap((form) => [form, ...endsOf(form)]));
  return query<NamedMcpTool>(
    em,
    `select ${columns} from ${tools} where k.tenant_id = $1 and s.tenant_id = $1 and k.name = any($2)`,
    [tenant, [...names]],
  );
}

/** What may be the tool in `server/tool`, as both may have slashes. */
function endsOf(form: string): string[] {
  return [...form.matchAll(/\//g)].map(({ index }) => form.slice(index + 1));
}

/** Every name of a tool of the tenant: as `tool`, and as `server/tool`. */
export async function mcpToolNames(
  em: EntityManager,
  tenant: string,
): Promise<{ short: Set<string>; long: Set<string> }> {
  const rows = await query<{ name: string; serverName: string }>(
    em,
    `select k.name, s.name as "serverName" from ${tools} where k.tenant_id = $1`,
    [tenant],
  );
  const forms = rows.map(formsOf);
  return {
    short: new Set(forms.map(([short]) => short)),
    long: new Set(forms.map(([, long]) => long)),
  };
}

/**
 * The MCP tools of agents in the order in which they were assigned, whether they are offered now or not, each under the
 * shortest name that means it alone in the tenant. An agent without any has no entry.
 */
export async function assignedMcpToolNames(
  em: EntityManager,
  tenant: string,
  agentIds: readonly string[],
): Promise<Map<string, string[]>> {
  const rows = await query<NamedMcpTool & { agentId: string }>(
    em,
    `select m.agent_id as "agentId", ${columns} from agent_mcp_tools m
     join ${tools} on k.tenant_id = m.tenant_id and k.id = m.tool_id
     where m.tenant_id = $1 and m.agent_id = any($2)
     order by m.agent_id, m.assigned_revision, m.position, k.id`,
    [tenant, agentIds],
  );
  if (rows.length === 0) return new Map();
  const index = indexMcpTools(await mcpToolsAlike(em, tenant, rows));
  const byAgent = Map.groupBy(rows, ({ agentId }) => agentId);
  return new Map(
    [...byAgent].map(([agentId, assigned]) => [
      agentId,
      assigned.map((tool) => index.nameOf(tool)),
    ]),
  );
}

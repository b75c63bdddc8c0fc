import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '../../src/storage/sql.js';

export type McpCatalogSize = {
  tenant: string;
  app?: string;
  /** Names of servers. */
  servers?: string[];
  /** Every server has these. */
  tools?: string[];
  /** Each is assigned every tool of the first server. */
  agents?: string[];
  url?: string;
};

export type SeededMcpTools = { serverIds: string[]; toolIds: string[] };

/** Writes MCP servers and tools straight into the tables, each list in the order that is given. */
export async function seedMcpTools(
  em: EntityManager,
  size: McpCatalogSize,
): Promise<SeededMcpTools> {
  const { tenant, app = 'shop', servers = ['files'], tools = ['search'], agents = [] } = size;
  const ids = (rows: { id: string }[]) => rows.map(({ id }) => id);
  const serverIds = ids(
    await query(
      em,
      `insert into mcp_servers (id, tenant_id, app_id, name, server_url, timeout_seconds, status, created_at, updated_at)
       select gen_random_uuid(), $1, $2, name, $4, 30, 'READY', now(), now()
       from unnest($3::text[]) with ordinality s(name, place) order by place returning id`,
      [tenant, app, servers, size.url ?? 'https://mcp.example.com/mcp'],
    ),
  );
  const toolIds = ids(
    await query(
      em,
      `insert into mcp_tools (id, tenant_id, server_id, name, tool_name, description, input_schema, fingerprint, position)
       select gen_random_uuid(), $1, server_id, name, regexp_replace(name, '[^A-Za-z0-9_-]', '_', 'g'), 'Does ' || name,
         '{"type":"object"}', md5(name), t.place
       from unnest($2::uuid[]) with ordinality s(server_id, place), unnest($3::text[]) with ordinality t(name, place)
       order by s.place, t.place returning id`,
      [tenant, serverIds, tools],
    ),
  );
  await query(
    em,
    `insert into agent_mcp_tools (tenant_id, app_id, agent_id, tool_id, position, assigned_revision)
     select $1, $2, agent_id, id, place, 1
     from unnest($3::text[]) agent_id, unnest($4::uuid[]) with ordinality t(id, place)`,
    [tenant, app, agents, toolIds.slice(0, tools.length)],
  );
  return { serverIds, toolIds };
}

import type { EntityManager } from '@mikro-orm/postgresql';
import {
  type SearchableTool,
  writeSearchDocuments,
} from '../catalog/search/write-search-documents.js';
import { query } from '../storage/sql.js';

/** Makes tools of MCP servers searchable as they are now. Runs in the transaction that wrote them. */
export async function indexMcpTools(
  em: EntityManager,
  tenant: string,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return;
  const tools = await searchableMcpTools(em, tenant, ids);
  await writeSearchDocuments(em, { tenant, kind: 'MCP', tools });
}

/** The same for all tools of a server: its name is among what they are found by. */
export async function indexToolsOfServer(
  em: EntityManager,
  tenant: string,
  serverId: string,
): Promise<void> {
  const tools = await query<SearchableTool>(
    em,
    `${selectTools} where k.tenant_id = $1 and k.server_id = $2::uuid order by k.id`,
    [tenant, serverId],
  );
  await writeSearchDocuments(em, { tenant, kind: 'MCP', tools });
}

/** Tools of MCP servers as the search needs them; ids that name none are left out. */
export function searchableMcpTools(
  em: EntityManager,
  tenant: string,
  ids: readonly string[],
): Promise<SearchableTool[]> {
  return query<SearchableTool>(
    em,
    `${selectTools} where k.tenant_id = $1 and k.id = any($2::uuid[]) order by k.id`,
    [tenant, ids],
  );
}

const selectTools = `select k.id, k.tool_name as name, k.title, k.description, null as method, null as path,
  '{}'::text[] as tags, s.name as "sourceName", length(k.input_schema::text) as "schemaChars",
  case when json_typeof(k.input_schema -> 'properties') = 'object'
    then array(select json_object_keys(k.input_schema -> 'properties') limit 60) else '{}' end as parameters
from mcp_tools k join mcp_servers s on s.tenant_id = k.tenant_id and s.id = k.server_id`;

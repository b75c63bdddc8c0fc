import type { Reads } from '../catalog/catalog.queries.js';
import type { JsonSchema } from '../openapi/types.js';
import { query } from '../storage/sql.js';
import type { ProvidedTool } from './provided-tools.js';

/** Input schemas by the ids of the tools; what is gone meanwhile is left out. */
export async function readProvidedSchemas(
  { em, actor }: Reads,
  tools: readonly Pick<ProvidedTool, 'id'>[],
): Promise<Map<string, JsonSchema>> {
  if (tools.length === 0) return new Map();
  const rows = await query<{ id: string; schema: JsonSchema }>(
    em,
    `select id, input_schema as schema from endpoints where tenant_id = $1 and id = any($2::uuid[])
     union all
     select id, input_schema from mcp_tools where tenant_id = $1 and id = any($2::uuid[])`,
    [actor.tenant, tools.map(({ id }) => id)],
  );
  return new Map(rows.map(({ id, schema }) => [id, schema]));
}

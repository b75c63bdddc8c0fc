import {
  type EndpointRow,
  type EndpointSchemas,
  endpointColumns,
  type ParameterRow,
  parametersByEndpointIds,
  type Reads,
} from '../catalog/catalog.queries.js';
import type { EffectHints } from '../openapi/types.js';
import { query } from '../storage/sql.js';

/** An endpoint in an agent's view: `name` is the tool's name there. */
export type AgentEndpointTool = EndpointRow &
  EndpointSchemas & {
    kind: 'ENDPOINT';
    apiName: string;
    baseUrl: string;
    /** What the document says of the operation's effects. */
    hints: EffectHints | null;
    /** In the order of the document. */
    parameters: ParameterRow[];
  };

type ToolRow = Omit<AgentEndpointTool, 'kind' | 'parameters'>;

/** All that there is to tools of a view, by id. They are named as their endpoints are. */
export async function readEndpointTools(
  ctx: Reads,
  ids: readonly string[],
): Promise<Map<string, AgentEndpointTool>> {
  if (ids.length === 0) return new Map();
  // Each has its API; a left join keeps planners without statistics from looking for endpoints API by API.
  const rows = await query<ToolRow>(
    ctx.em,
    `select ${endpointColumns}, e.input_schema as "inputSchema", e.output_schema as "outputSchema",
            a.name as "apiName", a.base_url as "baseUrl", e.plan -> 'hints' as hints
     from endpoints e left join apis a on a.tenant_id = e.tenant_id and a.id = e.api_id
     where e.tenant_id = $1 and e.id = any($2::uuid[])`,
    [ctx.actor.tenant, ids],
  );
  const parameters = await parametersByEndpointIds(ctx, ids);
  return new Map(
    rows.map((row) => [
      row.id,
      { ...row, kind: 'ENDPOINT' as const, parameters: parameters.get(row.id) ?? [] },
    ]),
  );
}

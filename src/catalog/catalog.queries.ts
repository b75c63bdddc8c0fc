import type { EntityManager } from '@mikro-orm/postgresql';
import { requireScope } from '../access/require-scope.js';
import { type Context, scopes } from '../context.js';
import { isUuid } from '../lib/uuid.js';
import type { JsonSchema } from '../openapi/types.js';
import { query } from '../storage/sql.js';
import type { Api } from './api.entity.js';
import type { Endpoint } from './endpoint.entity.js';
import type { Parameter } from './parameter.entity.js';

export type Reads = Pick<Context, 'em' | 'actor'>;

/** An API as a list shows it. `headerNames` instead of the sealed values. */
export type ApiRow = Pick<
  Api,
  | 'id'
  | 'tenantId'
  | 'appId'
  | 'name'
  | 'baseUrl'
  | 'swaggerUrl'
  | 'contentHash'
  | 'specVersion'
  | 'title'
  | 'compatibilityScore'
  | 'skippedOperations'
  | 'problems'
  | 'deductions'
  | 'createdAt'
  | 'syncedAt'
> & { headerNames: string[] };

/** An endpoint as a list shows it: its schemas are read apart (`schemasByEndpointIds`), they are large. */
export type EndpointRow = Pick<
  Endpoint,
  | 'id'
  | 'tenantId'
  | 'apiId'
  | 'name'
  | 'method'
  | 'path'
  | 'description'
  | 'exposeAs'
  | 'enabled'
  | 'operationId'
  | 'summary'
  | 'tags'
  | 'deprecated'
  | 'position'
>;

export type EndpointSchemas = { inputSchema: JsonSchema; outputSchema: JsonSchema | null };

export type ParameterRow = Pick<
  Parameter,
  | 'id'
  | 'tenantId'
  | 'endpointId'
  | 'name'
  | 'argument'
  | 'type'
  | 'location'
  | 'required'
  | 'inPath'
  | 'inQuery'
  | 'inBody'
  | 'defaultValue'
  | 'description'
  | 'schema'
  | 'position'
>;

export const apiColumns = `a.id, a.tenant_id as "tenantId", a.app_id as "appId", a.name, a.base_url as "baseUrl",
  a.swagger_url as "swaggerUrl", a.content_hash as "contentHash", a.spec_version as "specVersion", a.title,
  a.compatibility_score as "compatibilityScore", a.skipped_operations as "skippedOperations", a.problems,
  a.deductions, a.created_at as "createdAt", a.synced_at as "syncedAt",
  array(select jsonb_object_keys(coalesce(a.headers, '{}'))) as "headerNames"`;

export const endpointColumns = `e.id, e.tenant_id as "tenantId", e.api_id as "apiId", e.name, e.method, e.path,
  e.description, e.expose_as as "exposeAs", e.enabled, e.operation_id as "operationId", e.summary, e.tags,
  e.deprecated, e.position`;

const parameterColumns = `p.id, p.tenant_id as "tenantId", p.endpoint_id as "endpointId", p.name, p.argument, p.type,
  p.location, p.required, p.in_path as "inPath", p.in_query as "inQuery", p.in_body as "inBody",
  p.default_value as "defaultValue", p.description, p.schema, p.position`;

/** Timestamps arrive from the database as text. */
export function toApiRow(row: ApiRow): ApiRow {
  return { ...row, createdAt: new Date(row.createdAt), syncedAt: new Date(row.syncedAt) };
}

/** In no particular order; ids that do not exist in the tenant are left out. */
export async function apisByIds(ctx: Reads, ids: readonly string[]): Promise<ApiRow[]> {
  requireScope(ctx.actor, scopes.read);
  const rows = await query<ApiRow>(
    ctx.em,
    `select ${apiColumns} from apis a where a.tenant_id = $1 and a.id = any($2::uuid[])`,
    [ctx.actor.tenant, ids.filter(isUuid)],
  );
  return rows.map(toApiRow);
}

/** In no particular order; ids that do not exist in the tenant are left out. */
export async function endpointsByIds(ctx: Reads, ids: readonly string[]): Promise<EndpointRow[]> {
  requireScope(ctx.actor, scopes.read);
  return query<EndpointRow>(
    ctx.em,
    `select ${endpointColumns} from endpoints e where e.tenant_id = $1 and e.id = any($2::uuid[])`,
    [ctx.actor.tenant, ids.filter(isUuid)],
  );
}

export async function schemasByEndpointIds(
  ctx: Reads,
  ids: readonly string[],
): Promise<Map<string, EndpointSchemas>> {
  requireScope(ctx.actor, scopes.read);
  const rows = await query<EndpointSchemas & { id: string }>(
    ctx.em,
    `select id, input_schema as "inputSchema", output_schema as "outputSchema" from endpoints
     where tenant_id = $1 and id = any($2::uuid[])`,
    [ctx.actor.tenant, ids.filter(isUuid)],
  );
  return new Map(rows.map(({ id, ...schemas }) => [id, schemas]));
}

/** Each endpoint's parameters in the order of the document; endpoints without any are left out. */
export async function parametersByEndpointIds(
  ctx: Reads,
  endpointIds: readonly string[],
): Promise<Map<string, ParameterRow[]>> {
  requireScope(ctx.actor, scopes.read);
  const rows = await query<ParameterRow>(
    ctx.em,
    `select ${parameterColumns} from parameters p
     where p.tenant_id = $1 and p.endpoint_id = any($2::uuid[]) order by p.endpoint_id, p.position`,
    [ctx.actor.tenant, endpointIds.filter(isUuid)],
  );
  return Map.groupBy(rows, ({ endpointId }) => endpointId);
}

export async function parametersByIds(ctx: Reads, ids: readonly string[]): Promise<ParameterRow[]> {
  requireScope(ctx.actor, scopes.read);
  return query<ParameterRow>(
    ctx.em,
    `select ${parameterColumns} from parameters p where p.tenant_id = $1 and p.id = any($2::uuid[])`,
    [ctx.actor.tenant, ids.filter(isUuid)],
  );
}

export async function endpointCountsByApiIds(
  ctx: Reads,
  apiIds: readonly string[],
): Promise<Map<string, number>> {
  requireScope(ctx.actor, scopes.read);
  const rows = await query<{ apiId: string; count: number }>(
    ctx.em,
    `select api_id as "apiId", count(*)::int as count from endpoints
     where tenant_id = $1 and api_id = any($2::uuid[]) group by api_id`,
    [ctx.actor.tenant, apiIds.filter(isUuid)],
  );
  return new Map(rows.map(({ apiId, count }) => [apiId, count]));
}

/** Agents that are assigned any endpoint of the API, sorted. */
export async function agentIdsOfApi(
  em: EntityManager,
  tenant: string,
  apiId: string,
): Promise<string[]> {
  const rows = await query<{ agentId: string }>(
    em,
    `select distinct t.agent_id as "agentId" from agent_tool_assignments t
     join endpoints e on e.tenant_id = t.tenant_id and e.id = t.endpoint_id
     where t.tenant_id = $1 and e.api_id = $2 order by 1`,
    [tenant, apiId],
  );
  return rows.map(({ agentId }) => agentId);
}

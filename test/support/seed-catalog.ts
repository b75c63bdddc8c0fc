import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '../../src/storage/sql.js';

export type CatalogSize = {
  tenant: string;
  app?: string;
  apis?: number;
  endpointsPerApi?: number;
  parametersPerEndpoint?: number;
  /** Each is assigned the first endpoint of every API. */
  agents?: string[];
};

export type SeededCatalog = { apiIds: string[]; endpointIds: string[]; parameterIds: string[] };

/**
 * Writes a catalog straight into the tables, without documents: APIs `api-01`…, endpoints `get_01`… and parameters
 * `p1`…, each list in that order.
 */
export async function seedCatalog(em: EntityManager, size: CatalogSize): Promise<SeededCatalog> {
  const { tenant, app = 'shop', apis = 1, endpointsPerApi = 2, parametersPerEndpoint = 2 } = size;
  const ids = (rows: { id: string }[]) => rows.map(({ id }) => id);
  const apiIds = ids(
    await query(
      em,
      `insert into apis (id, tenant_id, app_id, name, base_url, content_hash, spec_version, compatibility_score,
         created_at, synced_at)
       select gen_random_uuid(), $1, $2, 'api-' || lpad(n::text, 2, '0'), 'https://api.example.com', md5($1 || n),
         '3.1.0', 100, now(), now()
       from generate_series(1, $3::int) n returning id`,
      [tenant, app, apis],
    ),
  );
  const endpointIds = ids(
    await query(
      em,
      `insert into endpoints (id, tenant_id, api_id, name, source_name, method, path, description, tags, position,
         contract_hash, input_schema, plan)
       select gen_random_uuid(), $1, api_id, name, name, 'GET', '/' || name, 'Gets ' || name, array['things'], n, '', 
         '{"type":"object"}', '{}'
       from unnest($2::uuid[]) with ordinality a(api_id, place), generate_series(1, $3::int) n,
         lateral (select 'get_' || lpad(n::text, 2, '0') as name) named
       order by place, n returning id`,
      [tenant, apiIds, endpointsPerApi],
    ),
  );
  const parameterIds = ids(
    await query(
      em,
      `insert into parameters (id, tenant_id, endpoint_id, name, argument, type, location, required, in_path, in_query,
         in_body, schema, position)
       select gen_random_uuid(), $1, endpoint_id, 'p' || n, 'p' || n, 'string', 'QUERY', false, false, true, false,
         '{"type":"string"}', n
       from unnest($2::uuid[]) with ordinality e(endpoint_id, place), generate_series(1, $3::int) n
       order by place, n returning id`,
      [tenant, endpointIds, parametersPerEndpoint],
    ),
  );
  await query(
    em,
    `insert into agent_tool_assignments (tenant_id, app_id, agent_id, endpoint_id, assigned_revision)
     select $1, $2, agent_id, e.id, 0 from unnest($3::text[]) agent_id, endpoints e
     where e.tenant_id = $1 and e.position = 1 and e.api_id = any($4::uuid[])`,
    [tenant, app, size.agents ?? [], apiIds],
  );
  return { apiIds, endpointIds, parameterIds };
}

export type CallHistory = {
  tenant: string;
  agent: string;
  apiId: string;
  endpointId: string;
  calls: number;
};

/** Records calls of one endpoint, a second apart, the first one the newest. */
export async function seedCalls(em: EntityManager, history: CallHistory): Promise<string[]> {
  const { tenant, agent, apiId, endpointId, calls } = history;
  const rows = await query<{ id: string }>(
    em,
    `insert into call_records (id, tenant_id, agent_id, api_id, endpoint_id, tool_name, method, arguments, outcome,
       status, duration_ms, attempts, started_at, finished_at)
     select gen_random_uuid(), $1, $2, $3::uuid, $4::uuid, 'get_01', 'GET', '{}', 'OK', 200, 5, 1,
       now() - n * interval '1 second', now() - n * interval '1 second'
     from generate_series(1, $5::int) n returning id`,
    [tenant, agent, apiId, endpointId, calls],
  );
  return rows.map(({ id }) => id);
}

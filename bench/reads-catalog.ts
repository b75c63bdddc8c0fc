import { openStorage } from '../src/storage/open-storage.js';
import { query } from '../src/storage/sql.js';

export const tenant = 'acme';
export const agentId = 'atlas';

export type ReadCatalog = { apiId: string };

const parametersPerEndpoint = 5;

/**
 * A catalog like a synced document's: an API with 1,000 endpoints of five parameters each, and an agent that has
 * the first 100 of them.
 */
export async function seedReads(url: string): Promise<ReadCatalog> {
  await using storage = await openStorage({ driver: 'postgres', url });
  const em = storage.fork();
  const [apiId] = await addEndpoints(url, { tenant, apis: 1, endpointsPerApi: 1000 });
  if (!apiId) throw new Error('The API of the benchmark was not written.');
  await query(
    em,
    `insert into parameters (id, tenant_id, endpoint_id, name, argument, type, location, required, in_path, in_query,
       in_body, description, schema, position)
     select gen_random_uuid(), e.tenant_id, e.id, 'field_' || n, 'field_' || n, 'string', 'QUERY', n = 1, false, true,
       false, 'What field ' || n || ' narrows the answer of ' || e.name || ' down to.',
       json_build_object('type', 'string', 'maxLength', 100 + n), n
     from endpoints e, generate_series(1, $1::int) n`,
    [parametersPerEndpoint],
  );
  await query(
    em,
    `insert into agent_tool_assignments (tenant_id, app_id, agent_id, endpoint_id, assigned_revision)
     select tenant_id, 'shop', $2, id, 1 from endpoints where api_id = $1::uuid and position <= 100`,
    [apiId, agentId],
  );
  await query(em, `insert into catalog_revisions (tenant_id, revision) values ($1, 1)`, [tenant]);
  await analyze(url);
  return { apiId };
}

/** Statistics as autovacuum would have made them. */
export async function analyze(url: string): Promise<void> {
  await using storage = await openStorage({ driver: 'postgres', url });
  await query(storage.fork(), 'analyze');
}

export type Addition = { tenant: string; apis: number; endpointsPerApi: number };

/** More APIs with endpoints, none of them assigned to anybody; the ids of the APIs. */
export async function addEndpoints(
  url: string,
  { tenant: owner, apis, endpointsPerApi }: Addition,
): Promise<string[]> {
  await using storage = await openStorage({ driver: 'postgres', url });
  const em = storage.fork();
  const rows = await query<{ id: string }>(
    em,
    `insert into apis (id, tenant_id, app_id, name, base_url, content_hash, spec_version, compatibility_score,
       created_at, synced_at)
     select gen_random_uuid(), $1, 'shop', 'api ' || gen_random_uuid(), 'https://api.example.com', md5($1 || n),
       '3.1.0', 100, now(), now()
     from generate_series(1, $2::int) n returning id`,
    [owner, apis],
  );
  const ids = rows.map(({ id }) => id);
  await query(
    em,
    `insert into endpoints (id, tenant_id, api_id, name, source_name, method, path, description, operation_id, tags,
       position, contract_hash, input_schema, output_schema, plan)
     select gen_random_uuid(), $1, api_id, name, name, 'GET', '/things/' || n || '/{field_1}',
       'Lists things of the kind ' || n || ', newest first.', name, array['things', 'lists'], n, '',
       json_build_object('type', 'object', 'required', json_build_array('field_1'), 'properties',
         (select json_object_agg('field_' || p, json_build_object('type', 'string', 'maxLength', 100 + p,
           'description', 'What field ' || p || ' narrows the answer of ' || name || ' down to.'))
          from generate_series(1, 5) p), 'additionalProperties', false),
       '{"type":"array","items":{"type":"object","properties":{"id":{"type":"string"},"name":{"type":"string"}}}}', '{}'
     from unnest($2::uuid[]) api_id, generate_series(1, $3::int) n, lateral (select 'list_things_' || n as name) named`,
    [owner, ids, endpointsPerApi],
  );
  return ids;
}

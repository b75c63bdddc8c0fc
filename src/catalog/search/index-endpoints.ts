import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '../../storage/sql.js';
import { type SearchableTool, writeSearchDocuments } from './write-search-documents.js';

const idsAtOnce = 1000;

/** Makes endpoints searchable as they are now. Runs in the transaction that wrote them. */
export async function indexEndpoints(
  em: EntityManager,
  tenant: string,
  ids: readonly string[],
): Promise<void> {
  for (let from = 0; from < ids.length; from += idsAtOnce) {
    const tools = await searchableEndpoints(em, tenant, ids.slice(from, from + idsAtOnce));
    await writeSearchDocuments(em, { tenant, kind: 'ENDPOINT', tools });
  }
}

/** The same for all endpoints of an API: its name is among what they are found by. */
export async function indexEndpointsOfApi(
  em: EntityManager,
  tenant: string,
  apiId: string,
): Promise<void> {
  const rows = await query<{ id: string }>(
    em,
    'select id from endpoints where tenant_id = $1 and api_id = $2::uuid',
    [tenant, apiId],
  );
  await indexEndpoints(
    em,
    tenant,
    rows.map(({ id }) => id),
  );
}

/** Endpoints as the search needs them; ids that name none are left out. */
export function searchableEndpoints(
  em: EntityManager,
  tenant: string,
  ids: readonly string[],
): Promise<SearchableTool[]> {
  return query<SearchableTool>(em, selectEndpoints, [tenant, ids]);
}

const selectEndpoints = `select e.id, e.name, e.summary as title, e.description, e.method, e.path, e.tags,
  concat_ws(' ', a.name, nullif(a.title, a.name)) as "sourceName", length(e.input_schema::text) as "schemaChars",
  array(select p.name from parameters p where p.tenant_id = e.tenant_id and p.endpoint_id = e.id
        order by p.position limit 60) as parameters
from endpoints e left join apis a on a.tenant_id = e.tenant_id and a.id = e.api_id
where e.tenant_id = $1 and e.id = any($2::uuid[]) order by e.position, e.id`;

import type { EntityManager } from '@mikro-orm/postgresql';
import { indexEndpoints } from '../catalog/search/index-endpoints.js';
import { analyzerVersion } from '../catalog/search/write-search-documents.js';
import { indexMcpTools } from '../mcp-servers/index-mcp-tools.js';
import { query } from '../storage/sql.js';

const toolsAtOnce = 2000;
// Any number that nothing else in the database uses as an advisory lock.
const backfillLock = 7_261_127;

const index = { endpoints: indexEndpoints, mcp_tools: indexMcpTools };

/**
 * Makes tools searchable that an earlier version of this program wrote, which knew of no search or took words apart in
 * another way. In parts of its own transaction each; replicas that start at once take turns. How many there were.
 */
export async function backfillSearch(em: EntityManager): Promise<number> {
  let written = 0;
  for (const table of ['endpoints', 'mcp_tools'] as const) {
    for (;;) {
      const count = await em.fork().transactional((tx) => backfillSome(tx, table));
      written += count;
      if (count < toolsAtOnce) break;
    }
  }
  return written;
}

async function backfillSome(em: EntityManager, table: keyof typeof index): Promise<number> {
  const missing = `select t.tenant_id as tenant, t.id from ${table} t
    where not exists (select from search_documents d
                      where d.tenant_id = t.tenant_id and d.tool_id = t.id and d.analyzer >= $1)
    limit ${toolsAtOnce}`;
  // Most starts find nothing and wait for nobody.
  if ((await query(em, missing, [analyzerVersion])).length === 0) return 0;
  await query(em, 'select pg_advisory_xact_lock($1)', [backfillLock]);
  await lockTenants(em, missing);
  const rows = await query<{ tenant: string; id: string }>(em, missing, [analyzerVersion]);
  for (const [tenant, ofTenant] of Map.groupBy(rows, (row) => row.tenant)) {
    await index[table](
      em,
      tenant,
      ofTenant.map(({ id }) => id),
    );
  }
  return rows.length;
}

/** Whoever writes these catalogs meanwhile writes the same counts of words. */
async function lockTenants(em: EntityManager, missing: string): Promise<void> {
  await query(
    em,
    `select from catalog_revisions where tenant_id in (select tenant from (${missing}) m)
     order by tenant_id for update`,
    [analyzerVersion],
  );
}

import type { EntityManager } from '@mikro-orm/postgresql';
import { AppError } from '../errors.js';
import { query } from '../storage/sql.js';
import type { CatalogChange } from './catalog-change.entity.js';

export type CatalogChangeRow = Omit<CatalogChange, 'at'> & { at: Date };

const columns = `c.tenant_id as "tenantId", c.revision, c.kind, c.at, c.agent_ids as "agentIds", c.api_id as "apiId",
  c.endpoint_id as "endpointId", c.mcp_server_id as "mcpServerId", c.skill_id as "skillId"`;

type StoredRow = Omit<CatalogChangeRow, 'at'> & { at: string };

/**
 * A tenant's changes after a revision, oldest first; with `agentId` only those that alter that agent's tools.
 * Throws CONFLICT with `details.reason` `REVISION_GONE` when some of them have been deleted already.
 */
export async function readLog(
  em: EntityManager,
  tenant: string,
  { after, agentId, limit }: { after: string; agentId?: string | null | undefined; limit: number },
): Promise<CatalogChangeRow[]> {
  const rows = await query<StoredRow>(
    em,
    `select ${columns} from catalog_changes c
     where c.tenant_id = $1 and c.revision > $2::bigint and ($3::text is null or $3 = any(c.agent_ids))
     order by c.revision limit $4`,
    [tenant, after, agentId ?? null, limit],
  );
  // Asked after the rows: what is deleted in between is noticed.
  const [log] = await query<{ floor: string }>(
    em,
    'select log_floor as floor from catalog_revisions where tenant_id = $1',
    [tenant],
  );
  if (log && BigInt(after) < BigInt(log.floor)) throw goneError(after, log.floor);
  return rows.map(toRow);
}

/** Changes of several tenants, each after a revision of its own: at most `limit` a tenant, oldest first. */
export async function readLogs(
  em: EntityManager,
  after: ReadonlyMap<string, string>,
  { limit }: { limit: number },
): Promise<CatalogChangeRow[]> {
  const rows = await query<StoredRow>(
    em,
    `select ${columns} from unnest($1::text[], $2::bigint[]) as known (tenant_id, revision)
     cross join lateral (
       select * from catalog_changes where tenant_id = known.tenant_id and revision > known.revision
       order by revision limit $3
     ) c order by c.tenant_id, c.revision`,
    [[...after.keys()], [...after.values()], limit],
  );
  return rows.map(toRow);
}

function toRow(row: StoredRow): CatalogChangeRow {
  return { ...row, at: new Date(row.at) };
}

function goneError(after: string, floor: string): AppError {
  return new AppError(
    'CONFLICT',
    `The change log begins after revision ${floor}; what followed revision ${after} is deleted. Load the catalog anew, then go on from its catalogRevision.`,
    { reason: 'REVISION_GONE', oldestAfter: floor },
  );
}

import type { EntityManager } from '@mikro-orm/postgresql';
import type { Context } from '../context.js';
import { query } from '../storage/sql.js';
import type { CatalogChangeKind } from './catalog-change.entity.js';
import { tellCommittedWrite } from './committed-writes.js';

export type ChangeRecord = {
  kind: CatalogChangeKind;
  agentIds?: readonly string[];
  apiId?: string | null;
  endpointId?: string | null;
  mcpServerId?: string | null;
  skillId?: string | null;
};

export type CatalogTransaction = {
  em: EntityManager;
  /** The revision before this transaction. */
  revision: string;
  /** Takes the tenant's next revision and appends the change to the log. At most once per transaction. */
  record(change: ChangeRecord): Promise<string>;
};

/** Where listeners hear that a tenant has a new revision: the payload is `<revision> <tenant>`. */
export const catalogChannel = 'catalog_changed';

/**
 * Runs one catalog write. Writers of one tenant take turns, so that commit order is revision order and no revision
 * is missing; work that turns out to change nothing records nothing and takes no revision.
 */
export async function writeCatalog<T>(
  ctx: Pick<Context, 'em' | 'actor' | 'clock'>,
  work: (transaction: CatalogTransaction) => Promise<T>,
): Promise<T> {
  const tenant = ctx.actor.tenant;
  let recorded: string | null = null;
  const run = async (em: EntityManager) => {
    const [row] = await query<{ revision: string }>(
      em,
      `insert into catalog_revisions (tenant_id) values ($1)
       on conflict (tenant_id) do update set tenant_id = excluded.tenant_id returning revision`,
      [tenant],
    );
    return work({
      em,
      revision: row?.revision ?? '0',
      record: async (change) => {
        recorded = await appendChange(em, tenant, ctx.clock.now(), change);
        return recorded;
      },
    });
  };
  // What the request read before it had its turn may be out of date: the transaction starts without it.
  const result = await ctx.em.transactional(run, { clear: true });
  if (recorded) tellCommittedWrite(ctx.em, tenant, recorded);
  return result;
}

async function appendChange(
  em: EntityManager,
  tenant: string,
  at: Date,
  change: ChangeRecord,
): Promise<string> {
  await em.flush();
  const { kind, agentIds = [], apiId = null, endpointId = null } = change;
  const { mcpServerId = null, skillId = null } = change;
  const [row] = await query<{ revision: string }>(
    em,
    `with next as (
       update catalog_revisions set revision = revision + 1 where tenant_id = $1 returning revision
     ), appended as (
       insert into catalog_changes (tenant_id, revision, kind, at, agent_ids, api_id, endpoint_id, mcp_server_id,
         skill_id)
       select $1, revision, $2, $3::timestamptz, $4::text[], $5::uuid, $6::uuid, $7::uuid, $9::uuid from next
       returning revision
     )
     select revision, pg_notify($8, revision || ' ' || $1) from appended`,
    [
      ...[tenant, kind, at.toISOString(), [...agentIds].sort()],
      ...[apiId, endpointId, mcpServerId, catalogChannel, skillId],
    ],
  );
  if (!row) throw new Error('The revision of a locked tenant has gone.');
  return row.revision;
}

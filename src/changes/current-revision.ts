import type { EntityManager } from '@mikro-orm/postgresql';
import { requireScope } from '../access/require-scope.js';
import { type Context, scopes } from '../context.js';
import { query } from '../storage/sql.js';

/** The tenant's newest revision, as a decimal string; `0` before the first change. */
export async function currentRevision(ctx: Pick<Context, 'em' | 'actor'>): Promise<string> {
  requireScope(ctx.actor, scopes.read);
  return readRevision(ctx.em, ctx.actor.tenant);
}

export async function readRevision(em: EntityManager, tenant: string): Promise<string> {
  const [row] = await query<{ revision: string }>(
    em,
    'select revision from catalog_revisions where tenant_id = $1',
    [tenant],
  );
  return row?.revision ?? '0';
}

/** Of several tenants; `0` where nothing was ever written. */
export async function readRevisions(
  em: EntityManager,
  tenants: readonly string[],
): Promise<Map<string, string>> {
  const rows = await query<{ tenant: string; revision: string }>(
    em,
    'select tenant_id as tenant, revision from catalog_revisions where tenant_id = any($1::text[])',
    [tenants],
  );
  const revisions = new Map(rows.map(({ tenant, revision }) => [tenant, revision]));
  return new Map(tenants.map((tenant) => [tenant, revisions.get(tenant) ?? '0']));
}

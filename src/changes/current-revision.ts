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

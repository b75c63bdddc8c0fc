import { requireScope } from '../access/require-scope.js';
import { writeCatalog } from '../changes/write-catalog.js';
import { type Context, scopes } from '../context.js';
import { parseInput } from '../lib/parse-input.js';
import { isUuid } from '../lib/uuid.js';
import { query } from '../storage/sql.js';
import { agentIdsOfApi } from './catalog.queries.js';
import { IdInput } from './find-api.js';
import { refuseUnknownApi } from './get-api.js';

/** Removes an API with its endpoints; they leave their agents' views in the same revision. Throws NOT_FOUND. */
export async function deleteApi(
  ctx: Pick<Context, 'em' | 'actor' | 'clock'>,
  raw: IdInput,
): Promise<boolean> {
  requireScope(ctx.actor, scopes.write);
  const { id } = parseInput(IdInput, raw);
  if (!isUuid(id)) return refuseUnknownApi(id);
  return writeCatalog(ctx, async ({ em, record }) => {
    const tenant = ctx.actor.tenant;
    const agentIds = await agentIdsOfApi(em, tenant, id);
    const deleted = await query(
      em,
      'delete from apis where tenant_id = $1 and id = $2 returning id',
      [tenant, id],
    );
    if (deleted.length === 0) return refuseUnknownApi(id);
    await record({ kind: 'API_REMOVED', apiId: id, agentIds });
    return true;
  });
}

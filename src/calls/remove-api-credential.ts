import { z } from 'zod';
import { requireScope } from '../access/require-scope.js';
import type { ApiRow } from '../catalog/catalog.queries.js';
import { getApi } from '../catalog/get-api.js';
import { writeCatalog } from '../changes/write-catalog.js';
import { type Context, scopes } from '../context.js';
import { parseInput } from '../lib/parse-input.js';
import { query } from '../storage/sql.js';

export const RemoveApiCredentialInput = z.object({
  apiId: z.string().min(1),
  scheme: z.string().min(1).max(200),
});
export type RemoveApiCredentialInput = z.input<typeof RemoveApiCredentialInput>;

/**
 * Forgets what is stored for a security scheme; where nothing is stored, nothing is written. Schemes that the document
 * no longer has can be named too. Throws NOT_FOUND for an unknown API.
 */
export async function removeApiCredential(
  ctx: Pick<Context, 'em' | 'actor' | 'clock'>,
  raw: RemoveApiCredentialInput,
): Promise<ApiRow> {
  requireScope(ctx.actor, scopes.write);
  const { apiId, scheme } = parseInput(RemoveApiCredentialInput, raw);
  const api = await getApi(ctx, { id: apiId });
  await writeCatalog(ctx, async ({ em, record }) => {
    const removed = await query(
      em,
      `delete from api_credentials where tenant_id = $1 and api_id = $2::uuid and scheme = $3 returning id`,
      [ctx.actor.tenant, api.id, scheme],
    );
    if (removed.length > 0) await record({ kind: 'API_SYNCED', apiId: api.id });
  });
  return api;
}

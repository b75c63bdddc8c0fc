import { z } from 'zod';
import { requireScope } from '../access/require-scope.js';
import { writeCatalog } from '../changes/write-catalog.js';
import { type Context, scopes } from '../context.js';
import { parseInput } from '../lib/parse-input.js';
import { isUuid } from '../lib/uuid.js';
import { Api } from './api.entity.js';
import { type ApiRow, agentIdsOfApi } from './catalog.queries.js';
import { getApi, refuseUnknownApi } from './get-api.js';
import { indexEndpointsOfApi } from './search/index-endpoints.js';
import { refuseTakenIdentity } from './sync-api.js';
import { ApiNameInput, BaseUrlInput, HeadersInput } from './sync-input.js';

export const UpdateApiInput = z.object({
  id: z.string().min(1),
  name: ApiNameInput.nullish(),
  baseUrl: BaseUrlInput.nullish(),
  /** Replaces the stored auth headers; `{}` removes them. Write-only. */
  headers: HeadersInput.nullish(),
});
export type UpdateApiInput = z.input<typeof UpdateApiInput>;

/**
 * Changes what a person set of an API, without its document. Throws NOT_FOUND, or CONFLICT for a name that is taken.
 */
export async function updateApi(
  ctx: Pick<Context, 'em' | 'actor' | 'clock' | 'sealer'>,
  raw: UpdateApiInput,
): Promise<ApiRow> {
  requireScope(ctx.actor, scopes.write);
  const { id, ...settings } = parseInput(UpdateApiInput, raw);
  await writeCatalog(ctx, async ({ em, record }) => {
    const tenant = ctx.actor.tenant;
    const api = isUuid(id) ? await em.findOne(Api, { tenantId: tenant, id }) : null;
    if (!api) return refuseUnknownApi(id);
    const nameBefore = api.name;
    api.configure(settings, ctx.sealer);
    await refuseTakenIdentity(em, api);
    await em.flush();
    if (api.name !== nameBefore) await indexEndpointsOfApi(em, tenant, id);
    await record({ kind: 'API_SYNCED', apiId: id, agentIds: await agentIdsOfApi(em, tenant, id) });
  });
  return getApi({ ...ctx, em: ctx.em.fork() }, { id });
}

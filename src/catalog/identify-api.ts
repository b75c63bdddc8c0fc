import type { EntityManager } from '@mikro-orm/postgresql';
import type { Actor } from '../context.js';
import { AppError } from '../errors.js';
import { isUuid } from '../lib/uuid.js';
import { Api } from './api.entity.js';
import { refuseUnknownApi } from './get-api.js';

export type ApiIdentity = { apiId?: string | null; swaggerUrl: string | null; name: string | null };

/**
 * The API that a sync is about: the id, else the same swagger URL, else the same name, within tenant and app.
 * Null when it is a new one. Throws NOT_FOUND for an id that does not exist.
 */
export async function identifyApi(
  em: EntityManager,
  actor: Actor,
  { apiId, swaggerUrl, name }: ApiIdentity,
): Promise<Api | null> {
  const tenantId = actor.tenant;
  if (apiId) {
    const api = isUuid(apiId) ? await em.findOne(Api, { tenantId, id: apiId }) : null;
    return api ?? refuseUnknownApi(apiId);
  }
  const appId = requireApp(actor);
  const sameUrl = swaggerUrl && (await em.findOne(Api, { tenantId, appId, swaggerUrl }));
  if (sameUrl) return sameUrl;
  return name ? em.findOne(Api, { tenantId, appId, name }) : null;
}

/** The app that a new row belongs to. Throws INVALID_INPUT naming the header that is missing. */
export function requireApp(actor: Actor): string {
  if (actor.app !== null) return actor.app;
  throw new AppError(
    'INVALID_INPUT',
    'The request header x-appId is missing: it names the app that the API belongs to.',
    {
      header: 'x-appId',
    },
  );
}

import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { requireScope } from '../access/require-scope.js';
import { Api } from '../catalog/api.entity.js';
import type { ApiRow } from '../catalog/catalog.queries.js';
import { getApi, refuseUnknownApi } from '../catalog/get-api.js';
import { writeCatalog } from '../changes/write-catalog.js';
import { type Context, scopes } from '../context.js';
import { AppError } from '../errors.js';
import { nearest } from '../lib/nearest.js';
import { parseInput } from '../lib/parse-input.js';
import { isUuid } from '../lib/uuid.js';
import { query } from '../storage/sql.js';
import { type Credential, CredentialInput, type CredentialKind } from './credential.js';
import { sealCredential } from './credential-secret.js';

export const SetApiCredentialInput = z.looseObject({
  apiId: z.string().min(1),
  scheme: z.string().min(1).max(200),
});
export type SetApiCredentialInput = z.input<typeof SetApiCredentialInput> &
  Omit<z.input<typeof CredentialInput>, 'kind'>;

type SecurityScheme = Record<string, unknown>;

/**
 * Stores what one security scheme of an API needs, in place of what was stored for it. Sealed, never shown again, and
 * bound to the origin that the API has now. Throws NOT_FOUND for an unknown API, INVALID_INPUT for a scheme that its
 * document does not have or for fields that the scheme does not take, NOT_CONFIGURED for an API without a base URL.
 */
export async function setApiCredential(
  ctx: Pick<Context, 'em' | 'actor' | 'clock' | 'sealer'>,
  raw: SetApiCredentialInput,
): Promise<ApiRow> {
  requireScope(ctx.actor, scopes.write);
  const { apiId, scheme, ...fields } = parseInput(SetApiCredentialInput, raw);
  await writeCatalog(ctx, async ({ em, record }) => {
    const tenantId = ctx.actor.tenant;
    const api = isUuid(apiId) ? await em.findOne(Api, { tenantId, id: apiId }) : null;
    if (!api) return refuseUnknownApi(apiId);
    const definition = findScheme(api, scheme);
    const kind = kindOf(scheme, definition);
    const given = parseInput(CredentialInput, { ...fields, scheme, kind });
    const credential = pinTokenUrl(given, definition, api.baseUrl);
    await query(
      em,
      `insert into api_credentials (id, tenant_id, api_id, scheme, kind, secret, origin, updated_at)
       values ($1::uuid, $2, $3::uuid, $4, $5, $6::text::jsonb, $7, $8::timestamptz)
       on conflict (tenant_id, api_id, scheme) do update
       set kind = excluded.kind, secret = excluded.secret, origin = excluded.origin, updated_at = excluded.updated_at`,
      [
        ...[randomUUID(), tenantId, apiId, scheme, kind],
        JSON.stringify(sealCredential(ctx.sealer, credential)),
        originOf(api),
        ctx.clock.now().toISOString(),
      ],
    );
    await record({ kind: 'API_SYNCED', apiId });
  });
  return getApi({ ...ctx, em: ctx.em.fork() }, { id: apiId });
}

function findScheme(api: Api, name: string): SecurityScheme {
  const schemes = api.securitySchemes;
  const found = Object.hasOwn(schemes, name) ? schemes[name] : undefined;
  if (found) return found;
  const names = Object.keys(schemes);
  const [meant] = nearest(name, names, 1);
  const hint = meant
    ? `Did you mean "${meant}"?`
    : names.length > 0
      ? `It has ${names.map((one) => `"${one}"`).join(', ')}.`
      : 'It has none; headers can be stored for the API instead.';
  const message = `the document of the API has no security scheme "${name}". ${hint}`;
  throw new AppError('INVALID_INPUT', `scheme: ${message}`, {
    issues: [{ path: ['scheme'], message, code: 'unknown_scheme' }],
  });
}

/** OpenAPI "Security Scheme Object": what each type takes. */
function kindOf(name: string, { type, scheme }: SecurityScheme): CredentialKind {
  if (type === 'apiKey') return 'apiKey';
  if (type === 'oauth2') return 'oauth2';
  if (type === 'http') return String(scheme).toLowerCase() === 'basic' ? 'basic' : 'bearer';
  if (type === 'openIdConnect') return 'bearer';
  const message = `"${name}" is of the type ${JSON.stringify(type)}, for which nothing can be stored.`;
  throw new AppError('INVALID_INPUT', `scheme: ${message}`, {
    issues: [{ path: ['scheme'], message, code: 'unsupported_scheme' }],
  });
}

/** A document that changes later must not be able to send the client secret elsewhere. */
function pinTokenUrl(
  credential: Credential,
  { flows }: SecurityScheme,
  baseUrl: string,
): Credential {
  if (credential.kind !== 'oauth2' || credential.value !== undefined || credential.tokenUrl) {
    return credential;
  }
  const flow = (flows as { clientCredentials?: { tokenUrl?: unknown } } | undefined)
    ?.clientCredentials;
  const url =
    typeof flow?.tokenUrl === 'string' ? URL.parse(flow.tokenUrl, baseUrl || undefined) : null;
  if (url && /^https?:$/.test(url.protocol)) return { ...credential, tokenUrl: url.href };
  const message =
    'is missing: the scheme has no client credentials flow with a token URL. Give it, or a token as value.';
  throw new AppError('INVALID_INPUT', `tokenUrl: ${message}`, {
    issues: [{ path: ['tokenUrl'], message, code: 'missing' }],
  });
}

function originOf({ baseUrl, name }: Api): string {
  const origin = URL.parse(baseUrl)?.origin;
  if (origin) return origin;
  throw new AppError(
    'NOT_CONFIGURED',
    `The API "${name}" has no base URL, so there is no origin to bind a credential to. Set its base URL first.`,
  );
}

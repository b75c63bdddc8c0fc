import type { AtiConfig } from '../../config-types.js';
import { type Actor, type Clock, scopes } from '../../context.js';
import { AppError } from '../../errors.js';
import type { RequestHeaders } from '../authenticator.js';
import { readBearerToken, readIdentityHeader } from '../read-headers.js';
import { verifyToken } from '../verify-token.js';
import type { AtiAuthenticator, AtiCaller } from './ati-caller.js';
import { type AtiKey, loadAtiKey } from './load-ati-key.js';
import { type AtiClaims, readAtiClaims } from './read-ati-claims.js';

export type AtiAuthSettings = Pick<
  AtiConfig,
  'publicKey' | 'audiences' | 'issuer' | 'tenant' | 'agent'
> & {
  /** Hexadecimal. */
  secret: string | null;
  /** Whether the service asks for tokens on its other paths. */
  isServiceClosed: boolean;
  /** Tenant of a request that names none, where headers are trusted. */
  defaultTenant: string | null;
  tenantClaim: string;
  appClaim: string;
};

/** Of the times in a token, wherever they are looked at. */
const leewaySeconds = 60;
const noOrigin = { jobId: null, sandboxId: null };
const proxyScopes: ReadonlySet<string> = new Set([scopes.read, scopes.call]);

/**
 * With a key, a bearer token decides: tenant and agent are its claims, else what is configured; an agent that neither
 * names is the token's subject. Without one, every caller is trusted with everything of the configured agent, unless the
 * service asks for tokens elsewhere. Throws INVALID_INPUT for a key that cannot be used.
 */
export async function createAtiAuthenticator(
  settings: AtiAuthSettings,
  clock: Clock,
): Promise<AtiAuthenticator> {
  const key = await loadAtiKey(settings.publicKey, settings.secret);
  const mode = key ? 'token' : settings.isServiceClosed ? 'closed' : 'open';
  const authenticate = async (headers: RequestHeaders): Promise<AtiCaller> => {
    if (key) return toCaller(await readToken(headers, key, settings, clock), settings);
    if (mode === 'open') return trust(headers, settings);
    const message =
      'The proxy has no key for its tokens: set ATI_JWT_PUBLIC_KEY or ATI_JWT_SECRET on the server.';
    throw new AppError('NOT_CONFIGURED', message);
  };
  return {
    mode,
    jwks: key?.jwks ?? null,
    authenticate,
    findCounted: async (headers) => {
      try {
        return await authenticate(headers);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        return mode === 'closed' ? null : configuredCaller(settings);
      }
    },
  };
}

async function readToken(
  headers: RequestHeaders,
  { algorithm, key }: AtiKey,
  { audiences: audience, issuer, tenantClaim, appClaim }: AtiAuthSettings,
  clock: Clock,
): Promise<AtiClaims> {
  const rules = { algorithms: [algorithm], audience, issuer, leewaySeconds };
  const claims = await verifyToken(readBearerToken(headers), () => key, rules, clock);
  return readAtiClaims(claims, { tenantClaim, appClaim });
}

function toCaller(claims: AtiClaims, settings: AtiAuthSettings): AtiCaller {
  const { subject, expiresAt, app, rates, origin } = claims;
  const tenant = claims.tenant ?? settings.tenant;
  if (tenant === null) {
    const message = `The token has no "${settings.tenantClaim}" claim, and ATI_TENANT is not set.`;
    throw new AppError('UNAUTHENTICATED', message);
  }
  return {
    actor: actorOf({ tenant, app, subject, expiresAt }),
    agentId: requireAgent(claims.agentId ?? settings.agent ?? subject),
    ...{ scopes: claims.scopes, rates, origin },
  };
}

function requireAgent(agentId: string): string {
  if (agentId.length <= 200 && !/\p{Cc}/u.test(agentId)) return agentId;
  const message = 'The "sub" claim of the token names no agent: expected 1 to 200 characters.';
  throw new AppError('UNAUTHENTICATED', message);
}

function trust(headers: RequestHeaders, settings: AtiAuthSettings): AtiCaller {
  const named = readIdentityHeader(headers, 'x-tenantId');
  const tenant = named ?? settings.tenant ?? settings.defaultTenant;
  if (tenant === null) throw unnamed('tenant', 'x-tenantId', 'ATI_TENANT');
  const agentId = readIdentityHeader(headers, 'x-agentId') ?? settings.agent;
  if (agentId === null) throw unnamed('agent', 'x-agentId', 'ATI_AGENT');
  const app = readIdentityHeader(headers, 'x-appId');
  return {
    actor: actorOf({ tenant, app, subject: null, expiresAt: null }),
    ...{ agentId, scopes: ['*'], rates: [], origin: noOrigin },
  };
}

function configuredCaller({ tenant, agent: agentId }: AtiAuthSettings): AtiCaller | null {
  if (tenant === null || agentId === null) return null;
  const actor = actorOf({ tenant, app: null, subject: null, expiresAt: null });
  return { actor, agentId, scopes: ['*'], rates: [], origin: noOrigin };
}

function actorOf(who: Omit<Actor, 'scopes'>): Actor {
  return { ...who, scopes: proxyScopes };
}

function unnamed(what: string, header: string, variable: string): AppError {
  const message = `The request names no ${what}: set ${variable} on the server, or send the header ${header}.`;
  return new AppError('INVALID_INPUT', message, { header });
}

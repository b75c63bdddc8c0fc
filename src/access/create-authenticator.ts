import type { JWTPayload } from 'jose';
import type { AuthConfig, Config } from '../config-types.js';
import { type Actor, type Clock, scopes } from '../context.js';
import { AppError } from '../errors.js';
import { createHttpClient } from '../upstream/create-http-client.js';
import { toEgressRule } from '../upstream/egress-rules.js';
import type { HttpClient } from '../upstream/http-client.js';
import type { Authenticator, RequestHeaders } from './authenticator.js';
import { createKeyFinder } from './find-key.js';
import { identityProblem } from './identity.js';
import { type IdentityHeader, readBearerToken, readIdentityHeader } from './read-headers.js';
import { verifyToken } from './verify-token.js';

type AuthenticatorConfig = Pick<Config, 'auth' | 'tenancy'> & {
  secrets: Pick<Config['secrets'], 'jwtSecret'>;
};

/**
 * Without `config.auth` the headers x-tenantId and x-appId are trusted; with it a bearer token decides and a header
 * may only agree. Key sets are fetched by a client that reaches the host of `AUTH_JWKS_URL` wherever it lives.
 */
export function createAuthenticator(
  { auth, tenancy, secrets }: AuthenticatorConfig,
  { clock = { now: () => new Date() }, http }: { clock?: Clock; http?: HttpClient } = {},
): Authenticator {
  if (!auth) {
    return {
      authenticate: async (headers) => trustHeaders(headers, tenancy.defaultTenant),
      [Symbol.asyncDispose]: async () => {},
    };
  }
  const client = http ?? createHttpClient({ allow: keyServerRule(auth) });
  const findKey = createKeyFinder(auth, { jwtSecret: secrets.jwtSecret, http: client, clock });
  return {
    authenticate: async (headers) => {
      const claims = await verifyToken(readBearerToken(headers), findKey, auth, clock);
      return toActor(claims, headers, auth);
    },
    [Symbol.asyncDispose]: async () => {
      if (!http) await client[Symbol.asyncDispose]();
    },
  };
}

function keyServerRule(auth: AuthConfig): string[] {
  return auth.kind === 'jwks' ? [toEgressRule(auth.jwksUrl)] : [];
}

const everyScope: ReadonlySet<string> = new Set(Object.values(scopes));

function trustHeaders(headers: RequestHeaders, defaultTenant: string | null): Actor {
  const tenant = readIdentityHeader(headers, 'x-tenantId') ?? defaultTenant;
  if (tenant === null) {
    throw new AppError(
      'INVALID_INPUT',
      'The request names no tenant: send the header x-tenantId.',
      {
        header: 'x-tenantId',
      },
    );
  }
  return {
    tenant,
    app: readIdentityHeader(headers, 'x-appId'),
    subject: null,
    scopes: everyScope,
    expiresAt: null,
  };
}

function toActor(
  claims: JWTPayload & { exp: number },
  headers: RequestHeaders,
  auth: AuthConfig,
): Actor {
  const tenant = readIdentityClaim(claims, auth.tenantClaim);
  if (tenant === null) {
    throw new AppError('UNAUTHENTICATED', `The token has no "${auth.tenantClaim}" claim.`);
  }
  refuseContradiction(headers, 'x-tenantId', tenant);
  const app = readIdentityClaim(claims, auth.appClaim);
  if (app !== null) refuseContradiction(headers, 'x-appId', app);
  return {
    tenant,
    app: app ?? readIdentityHeader(headers, 'x-appId'),
    subject: claims.sub ?? null,
    scopes: new Set(grantedScopes(claims) ?? auth.defaultScopes),
    expiresAt: new Date(claims.exp * 1000),
  };
}

function readIdentityClaim(claims: JWTPayload, name: string): string | null {
  const value = Object.hasOwn(claims, name) ? claims[name] : null;
  if (value === null || value === undefined) return null;
  const problem = typeof value === 'string' ? identityProblem(value) : 'must be a string';
  if (problem === null) return String(value);
  throw new AppError('UNAUTHENTICATED', `The "${name}" claim of the token ${problem}.`);
}

function refuseContradiction(headers: RequestHeaders, name: IdentityHeader, claimed: string): void {
  const sent = readIdentityHeader(headers, name);
  if (sent !== null && sent !== claimed) {
    throw new AppError('FORBIDDEN', `The header ${name} does not agree with the token.`);
  }
}

/** `scope` (RFC 8693, section 4.2: words) or `scp` (words or a list). Null when the token has neither. */
function grantedScopes(claims: JWTPayload): string[] | null {
  const granted = [claims.scope, claims.scp].filter((claim) => claim !== undefined);
  if (granted.length === 0) return null;
  return granted
    .flatMap((claim) => (Array.isArray(claim) ? claim : [claim]))
    .flatMap((claim) => (typeof claim === 'string' ? claim.split(' ').filter(Boolean) : []));
}

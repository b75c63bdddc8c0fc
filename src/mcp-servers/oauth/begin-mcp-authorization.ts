import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { requireScope } from '../../access/require-scope.js';
import { type Context, scopes as catalogScopes } from '../../context.js';
import { AppError } from '../../errors.js';
import { parseInput } from '../../lib/parse-input.js';
import { isUuid } from '../../lib/uuid.js';
import { isLoopback } from '../../upstream/oauth/oauth-url.js';
import { refuseUnknownServer } from '../mcp-servers.queries.js';
import { toCallbackUrl } from './callback-url.js';
import { chooseClient } from './choose-client.js';
import { discoverOauth } from './discover-oauth.js';
import type { OauthContext } from './oauth-context.js';
import { type OpenTokenRow, openTokenRow, pinnedIssuer, tokensOf } from './open-token-row.js';
import { addPending } from './pending-authorization.queries.js';
import { selectScopes } from './select-scopes.js';
import type { DiscoveredOauth } from './stored-oauth.js';
import { findTokenRow } from './token-row.queries.js';

export const BeginMcpAuthorizationInput = z.object({
  id: z.string().min(1, 'expected an id'),
  redirectUri: z
    .url('is not an absolute URL.')
    .max(2_000, 'has more than 2000 characters.')
    .refine(isSafeRedirect, 'expected https, or http on a loopback host, without a fragment.')
    .nullish(),
});
export type BeginMcpAuthorizationInput = z.input<typeof BeginMcpAuthorizationInput>;

export type BegunAuthorization = {
  /** Where the person goes, in a browser. */
  url: string;
  expiresAt: Date;
};

const lifetimeMs = 10 * 60 * 1_000;
const timeoutMs = 10_000;

/**
 * Starts the authorization of an MCP server by a person: OAuth 2.1 with PKCE (RFC 7636) for that server's resource
 * (RFC 8707). The state in the URL finishes it once, within ten minutes. Throws NOT_FOUND, NOT_CONFIGURED where we have no
 * public URL or no client, FORBIDDEN where the authorization server must not be trusted, or what keeps it from answering.
 */
export async function beginMcpAuthorization(
  ctx: OauthContext & Pick<Context, 'actor'>,
  raw: BeginMcpAuthorizationInput,
): Promise<BegunAuthorization> {
  requireScope(ctx.actor, catalogScopes.write);
  const { id, redirectUri: given } = parseInput(BeginMcpAuthorizationInput, raw);
  const { tenant } = ctx.actor;
  const found = isUuid(id) ? await findTokenRow(ctx.em, { tenant, id }) : null;
  if (!found) return refuseUnknownServer(id);
  const row = openTokenRow(ctx.sealer, found);
  const redirectUri = given ?? toCallbackUrl(ctx.mcp) ?? refuseWithoutUrl();
  const reader = { http: ctx.mcp.http, timeoutMs };
  const discovered = await discoverOauth(reader, {
    serverUrl: row.serverUrl,
    resourceMetadata: row.oauth.challenge?.resourceMetadata ?? null,
    knownIssuer: pinnedIssuer(row),
  });
  const endpoint = requireAuthorizationEndpoint(discovered);
  const scopes = scopesOf(row, discovered);
  const { secret, ...client } = await chooseClient(reader, ctx.mcp, {
    ...{ row, discovered, redirectUri, scopes },
  });
  const state = randomBytes(32).toString('base64url');
  const verifier = randomBytes(32).toString('base64url');
  const now = ctx.clock.now();
  const expiresAt = new Date(now.getTime() + lifetimeMs);
  await addPending(ctx.em, ctx.sealer, {
    ...{ tenant, serverId: id, state, verifier, clientSecret: secret, redirectUri },
    ...{ discovered, client, scopes, expiresAt, now },
  });
  const { resource } = discovered;
  const url = toUrl(endpoint, {
    clientId: client.id,
    redirectUri,
    scopes,
    state,
    verifier,
    resource,
  });
  return { url, expiresAt };
}

function isSafeRedirect(text: string): boolean {
  const url = URL.parse(text);
  if (url?.hash !== '' || url.username !== '' || url.password !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
}

function refuseWithoutUrl(): never {
  throw new AppError(
    'NOT_CONFIGURED',
    'Nobody can be sent back here: set MCP_PUBLIC_URL, or give a redirectUri of your own.',
  );
}

/** Without PKCE a code that leaks is worth a token: MCP specification 2025-11-25, "Authorization Code Protection". */
function requireAuthorizationEndpoint({ issuer }: DiscoveredOauth): string {
  const { host } = new URL(issuer.issuer);
  if (!issuer.codeChallengeMethods?.includes('S256')) {
    throw new AppError(
      'FORBIDDEN',
      `The authorization server at "${host}" does not say that it checks PKCE with S256.`,
      { host },
    );
  }
  if (issuer.authorizationEndpoint !== null) return issuer.authorizationEndpoint;
  throw new AppError(
    'NOT_CONFIGURED',
    `The authorization server at "${host}" has no place where a person could authorize.`,
    { host },
  );
}

function scopesOf(row: OpenTokenRow, { resourceScopes, issuer }: DiscoveredOauth): string[] {
  const { challenge } = row.oauth;
  const held = tokensOf(row)?.grant === 'authorization_code' ? (tokensOf(row)?.scopes ?? []) : [];
  return selectScopes(
    {
      given: row.givenScopes,
      challenged: challenge?.scopes ?? [],
      held,
      resource: resourceScopes,
      issuer: issuer.scopes,
    },
    { offline: true },
  );
}

function toUrl(
  endpoint: string,
  {
    clientId,
    redirectUri,
    scopes,
    state,
    verifier,
    resource,
  }: {
    clientId: string;
    redirectUri: string;
    scopes: string[];
    state: string;
    verifier: string;
    resource: string;
  },
): string {
  const url = new URL(endpoint);
  const parameters = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    resource,
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    // OpenID Connect Core, section 11: without consent the request for it is ignored.
    ...(scopes.includes('offline_access') && { prompt: 'consent' }),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

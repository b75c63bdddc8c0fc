import type { OauthClient } from '../../upstream/oauth/client-authentication.js';
import { requireSecureUrl, toResource } from '../../upstream/oauth/oauth-url.js';
import type { BearerChallenge } from '../../upstream/oauth/parse-challenge.js';
import { toScopes } from '../../upstream/oauth/parse-challenge.js';
import type { MetadataReader } from '../../upstream/oauth/read-metadata.js';
import type { IssuedTokens, TokenAnswer } from '../../upstream/oauth/request-tokens.js';
import { askForTokens } from './ask-for-tokens.js';
import { chooseClientMethod } from './choose-client-method.js';
import { discoverOauth } from './discover-oauth.js';
import { type OpenTokenRow, otherIssuer, pinnedIssuer, tokensOf } from './open-token-row.js';
import { selectScopes } from './select-scopes.js';
import type { StoredClient, StoredOauth } from './stored-oauth.js';

type Grant = 'refresh_token' | 'client_credentials';

/** `refused`: asking again gives the same. `oauth` is what the row should remember in both cases. */
export type Renewal =
  | { kind: 'issued'; tokens: IssuedTokens; oauth: StoredOauth }
  | { kind: 'refused'; error: string | null; oauth: StoredOauth };

/** The grant that gives other tokens without a person; null when there is none. */
export function grantOf(row: OpenTokenRow, { moreScope }: { moreScope: boolean }): Grant | null {
  // A refresh never widens what was granted (RFC 6749, section 6).
  if (row.refreshToken !== null) return moreScope ? null : 'refresh_token';
  const isOwn = tokensOf(row)?.grant !== 'authorization_code';
  const { client } = row;
  return isOwn && client?.source === 'given' && client.secret !== null
    ? 'client_credentials'
    : null;
}

/**
 * Asks once for other tokens. Throws what keeps the authorization server from answering: FORBIDDEN, UPSTREAM_FAILED,
 * UPSTREAM_TIMEOUT.
 */
export async function renewTokens(
  reader: MetadataReader,
  row: OpenTokenRow,
  { grant, challenge }: { grant: Grant; challenge: BearerChallenge | null },
): Promise<Renewal> {
  const oauth = await withDiscovery(reader, row, challenge);
  const { discovered } = oauth;
  const tokenUrl = requireSecureUrl(
    endpointOf(row, oauth) ?? '',
    'The token endpoint',
    new URL(row.serverUrl).origin,
  );
  const scopes = scopesOf(row, oauth, challenge);
  const client = clientFor(row, oauth);
  const { answer, method } = await askForTokens(reader.http, {
    tokenUrl,
    client,
    isMethodKnown: discovered?.issuer.authMethods != null,
    form: {
      grant_type: grant,
      resource: discovered?.resource ?? toResource(row.serverUrl),
      ...(grant === 'refresh_token'
        ? { refresh_token: row.refreshToken ?? '' }
        : { scope: scopes.join(' ') }),
    },
    ...(discovered && { audience: discovered.issuer.issuer }),
    timeoutMs: reader.timeoutMs,
  });
  const known = withClient(row, oauth, { ...client, method, issuer: issuerOf(oauth, tokenUrl) });
  return toRenewal(row, answer, { grant, scopes, oauth: known });
}

function toRenewal(
  row: OpenTokenRow,
  answer: TokenAnswer,
  { grant, scopes, oauth }: { grant: Grant; scopes: string[]; oauth: StoredOauth },
): Renewal {
  if (answer.kind === 'refused') return { kind: 'refused', error: answer.error, oauth };
  const { tokens } = answer;
  const before = tokensOf(row);
  const version = (BigInt(row.version) + 1n).toString();
  return {
    kind: 'issued',
    tokens,
    oauth: {
      ...oauth,
      challenge: null,
      refused: null,
      tokens: {
        version,
        grant: grant === 'refresh_token' ? (before?.grant ?? grant) : grant,
        scopes: [...new Set([...scopes, ...toScopes(tokens.scope ?? '')])],
        lifetimeSeconds: tokens.expiresInSeconds,
      },
    },
  };
}

/** A client that came from the authorization server is for that server alone, whatever a person wrote down. */
export function endpointOf(
  { tokenUrl, client }: Pick<OpenTokenRow, 'tokenUrl' | 'client'>,
  { discovered }: Pick<StoredOauth, 'discovered'>,
): string | null {
  const found = discovered?.issuer.tokenEndpoint ?? null;
  return client === null || client.source === 'given' ? (tokenUrl ?? found) : found;
}

/** What is known of the server, found out where it is needed. A client stays with the issuer that it was used with. */
async function withDiscovery(
  reader: MetadataReader,
  row: OpenTokenRow,
  challenge: BearerChallenge | null,
): Promise<StoredOauth> {
  const { oauth, serverUrl } = row;
  if (oauth.discovered?.serverUrl === serverUrl || row.tokenUrl !== null) return oauth;
  const pinned = pinnedIssuer(row);
  const discovered = await discoverOauth(reader, {
    serverUrl,
    resourceMetadata: challenge?.resourceMetadata ?? null,
    knownIssuer: pinned,
  });
  if (pinned !== null && pinned !== discovered.issuer.issuer) throw otherIssuer(pinned);
  return { ...oauth, discovered };
}

function scopesOf(
  row: OpenTokenRow,
  { discovered }: StoredOauth,
  challenge: BearerChallenge | null,
): string[] {
  return selectScopes(
    {
      given: row.givenScopes,
      challenged: challenge?.scopes ?? [],
      held: tokensOf(row)?.scopes ?? [],
      resource: discovered?.resourceScopes ?? [],
      issuer: discovered?.issuer.scopes ?? [],
    },
    { offline: false },
  );
}

type UsedClient = OauthClient & { source: StoredClient['source'] | null };

function clientFor(
  { client, oauth: before }: OpenTokenRow,
  { discovered }: StoredOauth,
): UsedClient {
  if (!client) return { id: '', secret: null, method: 'none', source: null };
  // The method was chosen before the metadata was read.
  const isChosen = before.client?.id === client.id;
  const method = isChosen
    ? client.method
    : chooseClientMethod(client.secret, discovered?.issuer.authMethods ?? null);
  return { ...client, method };
}

function issuerOf({ discovered }: StoredOauth, tokenUrl: string): string {
  return discovered?.issuer.issuer ?? new URL(tokenUrl).origin;
}

function withClient(
  { oauth: before }: OpenTokenRow,
  oauth: StoredOauth,
  client: UsedClient & { issuer: string },
): StoredOauth {
  if (client.source === null) return oauth;
  const { id, method, source, issuer } = client;
  const redirectUri = before.client?.id === id ? before.client.redirectUri : null;
  return { ...oauth, client: { id, issuer, method, source, redirectUri } };
}

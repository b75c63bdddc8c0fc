import type { Sealer } from '../../credentials/sealer.js';
import { AppError } from '../../errors.js';
import type { OauthClient } from '../../upstream/oauth/client-authentication.js';
import { toScopes } from '../../upstream/oauth/parse-challenge.js';
import { chooseClientMethod } from './choose-client-method.js';
import { parseStoredOauth, type StoredClient, type StoredOauth } from './stored-oauth.js';
import type { TokenRow } from './token-row.queries.js';

/** A row whose secrets are open. */
export type OpenTokenRow = {
  serverUrl: string;
  header: string | null;
  refreshToken: string | null;
  /** Who we are; null when nobody said. */
  client: (OauthClient & Pick<StoredClient, 'source'>) | null;
  /** Where a person said that tokens come from. */
  tokenUrl: string | null;
  givenScopes: string[];
  expiresAt: number | null;
  version: string;
  oauth: StoredOauth;
};

export function openTokenRow(sealer: Sealer, row: TokenRow): OpenTokenRow {
  const oauth = parseStoredOauth(row.oauth);
  const open = (token: string | null) => (token === null ? null : sealer.open(token));
  const accessToken = open(row.access_token);
  return {
    serverUrl: row.server_url,
    header: accessToken === null ? null : `Bearer ${accessToken}`,
    refreshToken: open(row.refresh_token),
    client: toClient(row, oauth, open(row.client_secret)),
    tokenUrl: row.token_url,
    givenScopes: toScopes(row.scope ?? ''),
    expiresAt: row.token_expires_at === null ? null : Date.parse(row.token_expires_at),
    version: row.token_version,
    oauth,
  };
}

/** How the tokens that the row has came to be; null when a person gave them. */
export function tokensOf({ oauth, version }: Pick<OpenTokenRow, 'oauth' | 'version'>) {
  return oauth.tokens?.version === version ? oauth.tokens : null;
}

function toClient(
  { client_id: id, token_version: version }: TokenRow,
  { client, discovered, tokens }: StoredOauth,
  secret: string | null,
): OpenTokenRow['client'] {
  if (id !== null) {
    const known = client?.source === 'given' && client.id === id ? client.method : null;
    const method = known ?? chooseClientMethod(secret, discovered?.issuer.authMethods ?? null);
    return { id, secret, method, source: 'given' };
  }
  // Tokens that a person stored since then belong to another client.
  const isOurs = client !== null && client.source !== 'given' && tokens?.version === version;
  if (!isOurs) return null;
  return { id: client.id, secret, method: client.method, source: client.source };
}

/** Whether it is known that these tokens give no others; with `wanted`, none that have those scopes. */
export function isRefused(
  { oauth: { refused }, version }: Pick<OpenTokenRow, 'oauth' | 'version'>,
  wanted: readonly string[] | null,
): boolean {
  if (refused?.version !== version) return false;
  if (refused.scopes === null) return true;
  return wanted?.every((scope) => refused.scopes?.includes(scope)) ?? false;
}

/** The issuer that the row's client was used with; null for one that was never used. */
export function pinnedIssuer({ oauth, client }: OpenTokenRow): string | null {
  return oauth.client && client?.id === oauth.client.id ? oauth.client.issuer : null;
}

export function otherIssuer(pinned: string): AppError {
  return new AppError(
    'FORBIDDEN',
    `The MCP server names another authorization server than "${URL.parse(pinned)?.host ?? pinned}", for which its client was given: give the client anew.`,
  );
}

import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '../../storage/sql.js';
import type { McpServerKey } from './mcp-tokens.js';
import type { StoredOauth } from './stored-oauth.js';

/** What authorization needs of a row of `mcp_servers`; the three secrets are sealed. */
export type TokenRow = {
  server_url: string;
  access_token: string | null;
  refresh_token: string | null;
  client_id: string | null;
  client_secret: string | null;
  token_url: string | null;
  scope: string | null;
  oauth: unknown;
  token_expires_at: string | null;
  token_version: string;
};

const columns = `server_url, access_token, refresh_token, client_id, client_secret, token_url, scope, oauth,
  token_expires_at, token_version`;

export async function findTokenRow(
  em: EntityManager,
  { tenant, id }: McpServerKey,
): Promise<TokenRow | null> {
  const [row] = await query<TokenRow>(
    em,
    `select ${columns} from mcp_servers where tenant_id = $1 and id = $2::uuid`,
    [tenant, id],
  );
  return row ?? null;
}

/** Which version of a server's tokens, and who renews it. */
export type Lease = McpServerKey & { version: string; owner: string };

/** Takes the right to renew tokens of that version, by the clock of the database; null while somebody else has it. */
export async function takeLease(
  em: EntityManager,
  { tenant, id, version, owner }: Lease,
  leaseMs: number,
): Promise<TokenRow | null> {
  const [row] = await query<TokenRow>(
    em,
    `update mcp_servers
     set refresh_lease_owner = $4::uuid, refresh_lease_until = clock_timestamp() + $5::int * interval '1 millisecond'
     where tenant_id = $1 and id = $2::uuid and token_version = $3::bigint
       and (refresh_lease_until is null or refresh_lease_until <= clock_timestamp())
     returning ${columns}`,
    [tenant, id, version, owner, leaseMs],
  );
  return row ?? null;
}

export async function releaseLease(em: EntityManager, { tenant, id, owner }: Lease): Promise<void> {
  await query(
    em,
    `update mcp_servers set refresh_lease_owner = null, refresh_lease_until = null
     where tenant_id = $1 and id = $2::uuid and refresh_lease_owner = $3::uuid`,
    [tenant, id, owner],
  );
}

/** Tokens as they are stored: sealed, or null. */
export type SealedTokens = {
  accessToken: string;
  refreshToken: string | null;
  expiresAt: Date | null;
  oauth: StoredOauth;
};

/**
 * Stores tokens in place of those of that version, whoever has the lease by now. False when the row has other tokens
 * already, or is gone.
 */
export async function saveTokens(
  em: EntityManager,
  { tenant, id, version }: Omit<Lease, 'owner'>,
  { accessToken, refreshToken, expiresAt, oauth }: SealedTokens,
): Promise<boolean> {
  const rows = await query(
    em,
    `update mcp_servers
     set access_token = to_jsonb($4::text), refresh_token = to_jsonb($5::text), token_expires_at = $6::timestamptz,
       oauth = $7::text::json, token_version = token_version + 1,
       refresh_lease_owner = null, refresh_lease_until = null,
       status_message = case when status = 'NEEDS_REAUTH' then null else status_message end,
       status = case when status = 'NEEDS_REAUTH' then 'UNKNOWN' else status end
     where tenant_id = $1 and id = $2::uuid and token_version = $3::bigint returning id`,
    [
      ...[tenant, id, version, accessToken, refreshToken],
      ...[expiresAt?.toISOString() ?? null, JSON.stringify(oauth)],
    ],
  );
  return rows.length > 0;
}

/**
 * Marks a server as one that a person has to authorize, unless that is known already or its tokens have changed.
 * True when it was marked.
 */
export async function markNeedsReauth(
  em: EntityManager,
  { tenant, id, version }: Omit<Lease, 'owner'>,
  { message, oauth }: { message: string; oauth: StoredOauth },
): Promise<boolean> {
  const rows = await query(
    em,
    `update mcp_servers
     set oauth = $5::text::json, refresh_lease_owner = null, refresh_lease_until = null,
       status_message = case when status = 'DISABLED' then status_message else $4 end,
       status = case when status = 'DISABLED' then status else 'NEEDS_REAUTH' end
     where tenant_id = $1 and id = $2::uuid and token_version = $3::bigint
       and (oauth -> 'refused')::text is distinct from ($5::text::json -> 'refused')::text
     returning id`,
    [tenant, id, version, message, JSON.stringify(oauth)],
  );
  return rows.length > 0;
}

/**
 * Stores what a person authorized, in place of any tokens, and has the tools read again soon. False when the row is gone.
 */
export async function storeAuthorization(
  em: EntityManager,
  { tenant, id, now }: McpServerKey & { now: Date },
  tokens: Omit<SealedTokens, 'oauth'> & {
    clientSecret: 'keep' | { sealed: string | null };
    toOauth(version: string): StoredOauth;
  },
): Promise<boolean> {
  const { accessToken, refreshToken, expiresAt, clientSecret, toOauth } = tokens;
  const [row] = await query<{ version: string }>(
    em,
    `select token_version + 1 as version from mcp_servers where tenant_id = $1 and id = $2::uuid for update`,
    [tenant, id],
  );
  if (!row) return false;
  await query(
    em,
    `update mcp_servers
     set access_token = to_jsonb($3::text), refresh_token = to_jsonb($4::text), token_expires_at = $5::timestamptz,
       client_secret = case when $6::boolean then client_secret else to_jsonb($7::text) end,
       oauth = $8::text::json, token_version = $9::bigint, refresh_lease_owner = null, refresh_lease_until = null,
       status = case when status = 'DISABLED' then status else 'UNKNOWN' end, status_message = null,
       refresh_failures = 0, next_refresh_at = $10::timestamptz, updated_at = $10::timestamptz
     where tenant_id = $1 and id = $2::uuid`,
    [
      ...[tenant, id, accessToken, refreshToken, expiresAt?.toISOString() ?? null],
      ...[clientSecret === 'keep', clientSecret === 'keep' ? null : clientSecret.sealed],
      ...[JSON.stringify(toOauth(row.version)), row.version, now.toISOString()],
    ],
  );
  return true;
}

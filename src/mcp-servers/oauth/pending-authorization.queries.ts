import { createHash } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import type { Sealer } from '../../credentials/sealer.js';
import { query } from '../../storage/sql.js';
import { DiscoveredOauth, StoredClient } from './stored-oauth.js';

const Pending = z.object({
  discovered: DiscoveredOauth,
  client: StoredClient,
  scopes: z.array(z.string()),
});

const Secrets = z.object({ verifier: z.string(), clientSecret: z.string().nullable() });

/** An authorization that a person is in the middle of. */
export type PendingAuthorization = z.output<typeof Pending> &
  z.output<typeof Secrets> & { tenant: string; serverId: string; redirectUri: string };

/** Stores an authorization under the hash of its state: who reads the table cannot finish one. */
export async function addPending(
  em: EntityManager,
  sealer: Sealer,
  { state, expiresAt, now, ...pending }: PendingAuthorization & AddTimes & { state: string },
): Promise<void> {
  const { verifier, clientSecret, tenant, serverId, redirectUri, ...oauth } = pending;
  await query(em, 'delete from mcp_authorizations where expires_at <= $1::timestamptz', [
    now.toISOString(),
  ]);
  await query(
    em,
    `insert into mcp_authorizations (state_hash, tenant_id, server_id, verifier, redirect_uri, oauth, expires_at)
     values ($1, $2, $3::uuid, to_jsonb($4::text), $5, $6::text::json, $7::timestamptz)`,
    [
      ...[hashOf(state), tenant, serverId],
      ...[sealer.seal(JSON.stringify({ verifier, clientSecret })), redirectUri],
      ...[JSON.stringify(oauth), expiresAt.toISOString()],
    ],
  );
}

type AddTimes = { expiresAt: Date; now: Date };

/**
 * Takes an authorization out of the table, so that a state opens it once. Null for a state that is unknown, of another
 * tenant, too old, or, without a tenant, of an authorization that does not end at `redirectUri`.
 */
export async function takePending(
  em: EntityManager,
  sealer: Sealer,
  by: { state: string; now: Date; tenant: string | null; redirectUri: string | null },
): Promise<PendingAuthorization | null> {
  const [row] = await query<{
    tenant_id: string;
    server_id: string;
    verifier: string;
    redirect_uri: string;
    oauth: unknown;
  }>(
    em,
    `delete from mcp_authorizations
     where state_hash = $1 and expires_at > $2::timestamptz
       and ($3::text is not null and tenant_id = $3 or $3::text is null and redirect_uri = $4)
     returning tenant_id, server_id, verifier, redirect_uri, oauth`,
    [hashOf(by.state), by.now.toISOString(), by.tenant, by.redirectUri],
  );
  if (!row) return null;
  return {
    ...Pending.parse(row.oauth),
    ...Secrets.parse(JSON.parse(sealer.open(row.verifier))),
    tenant: row.tenant_id,
    serverId: row.server_id,
    redirectUri: row.redirect_uri,
  };
}

function hashOf(state: string): string {
  return createHash('sha256').update(state).digest('hex');
}

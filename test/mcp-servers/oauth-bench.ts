import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import type { Actor } from '../../src/context.js';
import { generateFernetKey } from '../../src/credentials/fernet.js';
import { createSealer } from '../../src/credentials/key-ring.js';
import type { McpParts } from '../../src/mcp-servers/mcp-parts.js';
import {
  createMcpTokens,
  type McpTokensOptions,
} from '../../src/mcp-servers/oauth/create-mcp-tokens.js';
import type { McpTokenRequest } from '../../src/mcp-servers/oauth/mcp-tokens.js';
import { query } from '../../src/storage/sql.js';
import { createHttpClient } from '../../src/upstream/create-http-client.js';
import { openTestStorage } from '../support/test-storage.js';

export type GivenServer = {
  serverUrl: string;
  accessToken?: string;
  refreshToken?: string;
  clientId?: string;
  clientSecret?: string;
  tokenUrl?: string;
  scope?: string;
  expiresInSeconds?: number;
};

/** A database, a clock that stands still until it is moved, and processes that share both. */
export async function openOauthBench({ allow = ['127.0.0.1'] }: { allow?: string[] } = {}) {
  const stack = new AsyncDisposableStack();
  const storage = stack.use(await openTestStorage());
  const http = stack.use(createHttpClient({ allow }));
  const sealer = createSealer([generateFernetKey()]);
  const lines: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  let now = Date.parse('2026-11-21T10:00:00Z');
  const clock = { now: () => new Date(now) };
  const fork = () => storage.fork();
  const tenant = `tenant-${randomUUID()}`;

  function aProcess(options: Partial<McpTokensOptions> = {}) {
    const parts = { http, fork, sealer, clock, logger, rememberMs: 0, leaseMs: 5_000 };
    return stack.use(createMcpTokens({ ...parts, ...options }));
  }

  async function addServer(given: GivenServer, owner = tenant) {
    const id = randomUUID();
    const seal = (secret: string | undefined) =>
      secret === undefined ? null : sealer.seal(secret);
    const { expiresInSeconds: seconds } = given;
    const at = clock.now().toISOString();
    await query(
      fork(),
      `insert into mcp_servers (id, tenant_id, app_id, name, server_url, access_token, refresh_token, client_id,
         client_secret, token_url, scope, token_expires_at, timeout_seconds, status, problems, created_at, updated_at)
       values ($1::uuid, $2, 'app', $1, $3, to_jsonb($4::text), to_jsonb($5::text), $6, to_jsonb($7::text), $8, $9,
         $10::timestamptz, 30, 'READY', '[]', $11::timestamptz, $11::timestamptz)`,
      [
        ...[id, owner, given.serverUrl, seal(given.accessToken), seal(given.refreshToken)],
        ...[given.clientId ?? null, seal(given.clientSecret), given.tokenUrl ?? null],
        given.scope ?? null,
        seconds === undefined ? null : new Date(now + seconds * 1_000).toISOString(),
        at,
      ],
    );
    return { tenant: owner, id };
  }

  async function rowOf({ id }: { id: string }) {
    const [row] = await query<Record<string, unknown>>(
      fork(),
      'select * from mcp_servers where id = $1::uuid',
      [id],
    );
    if (!row) throw new Error('The row has gone.');
    const open = (token: unknown) => (typeof token === 'string' ? sealer.open(token) : null);
    return {
      ...row,
      status: row.status,
      version: row.token_version,
      oauth: row.oauth as Record<string, unknown> | null,
      accessToken: open(row.access_token),
      refreshToken: open(row.refresh_token),
      clientSecret: open(row.client_secret),
    };
  }

  async function changesOf({ id, tenant: owner }: { id: string; tenant: string }) {
    const rows = await query<{ kind: string; mcp_server_id: string }>(
      fork(),
      'select * from catalog_changes where tenant_id = $1 order by revision',
      [owner],
    );
    return rows.filter((row) => row.mcp_server_id === id);
  }

  function context(owner = tenant, publicUrl: string | null = 'https://tools.example.com') {
    const actor: Actor = {
      tenant: owner,
      app: 'app',
      subject: null,
      scopes: new Set(['catalog:read', 'catalog:write']),
      expiresAt: null,
    };
    const mcp: Pick<McpParts, 'http' | 'publicUrl'> = { http, publicUrl };
    return { actor, em: fork(), clock, sealer, mcp };
  }

  return {
    ...{
      http,
      fork,
      sealer,
      logger,
      lines,
      tenant,
      aProcess,
      addServer,
      rowOf,
      changesOf,
      context,
    },
    pass: (seconds: number) => {
      now += seconds * 1_000;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** A first request, or the one after an answer with 401. */
export function asking(
  stale: string | null = null,
  challenge: string | null = stale === null ? null : 'Bearer error="invalid_token"',
): McpTokenRequest {
  return { stale, challenge, signal: AbortSignal.timeout(20_000) };
}

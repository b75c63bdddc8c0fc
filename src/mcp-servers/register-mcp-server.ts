import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { requireScope } from '../access/require-scope.js';
import { writeCatalog } from '../changes/write-catalog.js';
import { type Actor, type Context, scopes } from '../context.js';
import { AppError } from '../errors.js';
import { parseInput } from '../lib/parse-input.js';
import { query } from '../storage/sql.js';
import { type DiscoveryContext, discoverTools } from './discover-tools.js';
import { getMcpServer } from './get-mcp-server.js';
import {
  ServerNameInput,
  ServerUrlInput,
  TimeoutSecondsInput,
  TokenInput,
} from './mcp-server-input.js';
import type { McpServerRow } from './mcp-servers.queries.js';

export const RegisterMcpServerInput = z.object({
  serverUrl: ServerUrlInput,
  /** Default: the host of the URL. */
  name: ServerNameInput.nullish(),
  accessToken: TokenInput.nullish(),
  refreshToken: TokenInput.nullish(),
  clientId: z.string().min(1).max(2000).nullish(),
  clientSecret: z.string().min(1).max(20_000).nullish(),
  tokenUrl: ServerUrlInput.nullish(),
  scope: z.string().min(1).max(4000).nullish(),
  timeoutSeconds: TimeoutSecondsInput.nullish(),
});
export type RegisterMcpServerInput = z.input<typeof RegisterMcpServerInput>;

const defaultTimeoutSeconds = 30;

/**
 * Registers a server and asks it for its tools. A server that does not answer is registered all the same: its status
 * says what is wrong. Throws INVALID_INPUT, or CONFLICT for a name that is taken.
 */
export async function registerMcpServer(
  ctx: DiscoveryContext & Pick<Context, 'sealer'>,
  raw: RegisterMcpServerInput,
): Promise<McpServerRow> {
  requireScope(ctx.actor, scopes.write);
  const input = parseInput(RegisterMcpServerInput, raw);
  const appId = requireApp(ctx.actor);
  const id = randomUUID();
  const seal = (secret: string | null | undefined) =>
    secret == null ? null : JSON.stringify(ctx.sealer.seal(secret));
  await writeCatalog(ctx, async ({ em, record }) => {
    const tenant = ctx.actor.tenant;
    const name = await settleName(em, tenant, input);
    await query(
      em,
      `insert into mcp_servers (id, tenant_id, app_id, name, server_url, access_token, refresh_token, client_id,
         client_secret, token_url, scope, timeout_seconds, status, created_at, updated_at)
       values ($1::uuid, $2, $3, $4, $5, $6::text::jsonb, $7::text::jsonb, $8, $9::text::jsonb, $10, $11, $12, 'UNKNOWN',
         $13::timestamptz, $13::timestamptz)`,
      [
        ...[id, tenant, appId, name, input.serverUrl],
        ...[seal(input.accessToken), seal(input.refreshToken), input.clientId ?? null],
        ...[seal(input.clientSecret), input.tokenUrl ?? null, input.scope ?? null],
        ...[input.timeoutSeconds ?? defaultTimeoutSeconds, ctx.clock.now().toISOString()],
      ],
    );
    await record({ kind: 'MCP_SERVER_REGISTERED', mcpServerId: id });
  });
  await discoverQuietly(ctx, id);
  return getMcpServer(ctx, { id });
}

/** The first look at a server, or one after a change: how it failed stands in the row. */
export async function discoverQuietly(ctx: DiscoveryContext, id: string): Promise<void> {
  await discoverTools(ctx, id).catch((error: unknown) => {
    if (!(error instanceof AppError) && !ctx.signal?.aborted) throw error;
  });
}

async function settleName(
  em: EntityManager,
  tenant: string,
  { name, serverUrl }: { name?: string | null | undefined; serverUrl: string },
): Promise<string> {
  const rows = await query<{ name: string }>(
    em,
    'select name from mcp_servers where tenant_id = $1',
    [tenant],
  );
  const taken = new Set(rows.map((row) => row.name));
  if (name) {
    if (taken.has(name)) return refuseTakenName(name);
    return name;
  }
  const host = new URL(serverUrl).hostname.slice(0, 90);
  for (let number = 1; ; number += 1) {
    const free = number === 1 ? host : `${host}-${number}`;
    if (!taken.has(free)) return free;
  }
}

export function refuseTakenName(name: string): never {
  throw new AppError('CONFLICT', `Another MCP server is called "${name}".`, { name });
}

function requireApp(actor: Actor): string {
  if (actor.app !== null) return actor.app;
  throw new AppError(
    'INVALID_INPUT',
    'The request header x-appId is missing: it names the app that the MCP server belongs to.',
    { header: 'x-appId' },
  );
}

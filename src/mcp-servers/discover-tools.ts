import type { EntityManager } from '@mikro-orm/postgresql';
import { writeCatalog } from '../changes/write-catalog.js';
import type { Context } from '../context.js';
import { AppError } from '../errors.js';
import { query } from '../storage/sql.js';
import type { McpTransportKind } from '../upstream/mcp/mcp-sessions.js';
import { isChange, matchTools, type StoredTool, type ToolMatch } from './match-tools.js';
import type { McpServerStatus } from './mcp-server.entity.js';
import { type ReachableServer, toSessionKey, toTarget } from './mcp-server-target.js';
import { agentIdsOfTools, refuseUnknownServer } from './mcp-servers.queries.js';
import { readTools } from './read-tools.js';
import type { ListedTool, ToolProblem, ToolSnapshot } from './tool-snapshot.js';
import { writeTools } from './write-tools.js';

export type DiscoveryContext = Pick<Context, 'em' | 'actor' | 'clock' | 'mcp'> & {
  signal?: AbortSignal | null;
};

type ServerRow = ReachableServer & {
  isActive: boolean;
  status: McpServerStatus;
  tokenVersion: string;
  /** The database's clock, as text. */
  now: string;
};

type Listing = {
  tools: ListedTool[];
  problems: ToolProblem[];
  transport: McpTransportKind;
  /** When it began, by the database's clock. */
  startedAt: string;
};

const maxBackoffMs = 60 * 60 * 1000;

/**
 * Asks a server for its tools and stores what it says, in one revision if anything changed. Those who ask for the same
 * server at once take turns. A server that fails keeps the tools that it had; its status says so, and what the session
 * threw is thrown. Throws NOT_FOUND for an unknown server, CONFLICT for one that is switched off.
 */
export function discoverTools(ctx: DiscoveryContext, id: string): Promise<void> {
  return ctx.mcp.turns.take(toSessionKey({ tenant: ctx.actor.tenant, id }), async () => {
    const server = await readServer(ctx.em, ctx.actor.tenant, id);
    if (!server.isActive) {
      throw new AppError('CONFLICT', 'The MCP server is switched off. Switch it on first.', { id });
    }
    let listing: Listing;
    try {
      listing = await listTools(ctx, server);
    } catch (error) {
      // The caller's own abort says nothing of the server.
      if (error instanceof AppError && !ctx.signal?.aborted) await noteFailure(ctx, server, error);
      throw error;
    }
    await store(ctx, server, listing);
  });
}

async function readServer(em: EntityManager, tenant: string, id: string): Promise<ServerRow> {
  const [row] = await query<ServerRow>(
    em,
    `select id, tenant_id as "tenantId", server_url as "serverUrl", transport, timeout_seconds as "timeoutSeconds",
       is_active as "isActive", status, token_version as "tokenVersion", clock_timestamp()::text as now
     from mcp_servers where tenant_id = $1 and id = $2::uuid`,
    [tenant, id],
  );
  return row ?? refuseUnknownServer(id);
}

async function listTools({ mcp, signal }: DiscoveryContext, server: ServerRow): Promise<Listing> {
  const target = toTarget(server, mcp.tokens);
  const { tools, skipped, transport } = await mcp.sessions.listTools(
    target,
    signal ? { signal } : {},
  );
  return { ...(await readTools(tools, skipped)), transport, startedAt: server.now };
}

async function store(ctx: DiscoveryContext, { id }: ServerRow, listing: Listing): Promise<void> {
  const tenant = ctx.actor.tenant;
  const { tools, problems, transport, startedAt } = listing;
  await writeCatalog(ctx, async ({ em, record }) => {
    const [server] = await query<{
      isActive: boolean;
      isKnown: boolean;
      isNewer: boolean;
      isSame: boolean;
    }>(
      em,
      `select is_active as "isActive", listed_at is not null as "isKnown",
         coalesce(listed_at > $3::timestamptz, false) as "isNewer",
         status = 'READY' and problems::text = $4 as "isSame"
       from mcp_servers where tenant_id = $1 and id = $2::uuid`,
      [tenant, id, startedAt, JSON.stringify(problems)],
    );
    if (!server) return refuseUnknownServer(id);
    // Another process has stored a list that is younger than this one.
    if (!server.isActive || server.isNewer) return;
    const stored = await readStored(em, tenant, id);
    const definitions = await readDefinitions(em, tenant, changedIds(stored, tools));
    const match = await matchTools(stored, tools, {
      policy: ctx.mcp.drift,
      isKnown: server.isKnown,
      definitionOf: (toolId) => definitions.get(toolId) ?? missing(),
    });
    await writeTools(em, { tenant, serverId: id, match, now: ctx.clock.now() });
    await query(
      em,
      `update mcp_servers set status = 'READY', status_message = null, problems = $3::json, transport = $4,
         listed_at = $5::timestamptz, next_refresh_at = $6::timestamptz, refresh_failures = 0
       where tenant_id = $1 and id = $2::uuid`,
      [tenant, id, JSON.stringify(problems), transport, startedAt, nextRefresh(ctx, 0)],
    );
    if (isChange(match)) {
      const agentIds = await agentIdsOfTools(em, tenant, touchedIds(match));
      await record({ kind: 'MCP_TOOLS_CHANGED', mcpServerId: id, agentIds });
    } else if (!server.isSame) {
      await record({ kind: 'MCP_SERVER_UPDATED', mcpServerId: id });
    }
  });
}

async function noteFailure(
  ctx: DiscoveryContext,
  { id, tokenVersion }: ServerRow,
  error: AppError,
): Promise<void> {
  const tenant = ctx.actor.tenant;
  await writeCatalog(ctx, async ({ em, record }) => {
    const [row] = await query<{
      status: McpServerStatus;
      failures: number;
      tokenVersion: string;
      isActive: boolean;
    }>(
      em,
      `select status, refresh_failures as failures, token_version as "tokenVersion", is_active as "isActive"
       from mcp_servers where tenant_id = $1 and id = $2::uuid`,
      [tenant, id],
    );
    if (!row?.isActive) return;
    // Tokens that came meanwhile have not been tried, unless whoever renews them says that a person is needed.
    const isTried = row.tokenVersion === tokenVersion || row.status === 'NEEDS_REAUTH';
    const status = needsPerson(error) && isTried ? 'NEEDS_REAUTH' : 'UNREACHABLE';
    // Until somebody brings new tokens every further try would fail in the same way.
    const next = status === 'NEEDS_REAUTH' ? null : nextRefresh(ctx, row.failures + 1);
    await query(
      em,
      `update mcp_servers set status = $3, status_message = $4, next_refresh_at = $5::timestamptz,
         refresh_failures = refresh_failures + 1 where tenant_id = $1 and id = $2::uuid`,
      [tenant, id, status, error.message.replaceAll('\0', ''), next],
    );
    if (row.status !== status) await record({ kind: 'MCP_SERVER_UPDATED', mcpServerId: id });
  });
}

function needsPerson({ code, details }: AppError): boolean {
  return code === 'NOT_CONFIGURED' || details.status === 401;
}

/** Tools that agents get otherwise than before; what is held back they have as it was. */
function touchedIds({ changed, moved, gone }: ToolMatch): string[] {
  const again = moved.filter(({ stored }) => !stored.isListed);
  return [...[...changed, ...again].map(({ stored }) => stored), ...gone].map(({ id }) => id);
}

/** ISO 8601; null where servers are not looked at by themselves. Twice as long after each failure, up to an hour. */
function nextRefresh({ clock, mcp }: DiscoveryContext, failures: number): string | null {
  if (mcp.refreshSeconds === 0) return null;
  const intervalMs = mcp.refreshSeconds * 1000;
  const backoffMs = Math.max(
    intervalMs,
    Math.min(intervalMs * 2 ** Math.min(failures, 20), maxBackoffMs),
  );
  return new Date(clock.now().getTime() + backoffMs).toISOString();
}

function readStored(em: EntityManager, tenant: string, serverId: string): Promise<StoredTool[]> {
  return query<StoredTool>(
    em,
    `select id, name, tool_name as "toolName", fingerprint, held->>'fingerprint' as "heldFingerprint", position,
       is_listed as "isListed", is_approved as "isApproved"
     from mcp_tools where tenant_id = $1 and server_id = $2::uuid`,
    [tenant, serverId],
  );
}

function changedIds(stored: readonly StoredTool[], tools: readonly ListedTool[]): string[] {
  const fingerprints = new Map(
    tools.map(({ snapshot, fingerprint }) => [snapshot.name, fingerprint]),
  );
  return stored
    .filter(({ name, fingerprint }) => (fingerprints.get(name) ?? fingerprint) !== fingerprint)
    .map(({ id }) => id);
}

async function readDefinitions(
  em: EntityManager,
  tenant: string,
  ids: readonly string[],
): Promise<Map<string, ToolSnapshot>> {
  const rows = await query<ToolSnapshot & { id: string }>(
    em,
    `select id, name, title, description, input_schema as "inputSchema", output_schema as "outputSchema", annotations
     from mcp_tools where tenant_id = $1 and id = any($2::uuid[])`,
    [tenant, ids],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

function missing(): never {
  throw new Error('A tool has gone while its tenant was locked.');
}

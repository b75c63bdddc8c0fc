import type { EntityManager } from '@mikro-orm/postgresql';
import { type Actor, type Clock, scopes } from '../context.js';
import { AppError } from '../errors.js';
import type { Logger } from '../logger.js';
import { query } from '../storage/sql.js';
import { discoverTools } from './discover-tools.js';
import type { McpParts } from './mcp-parts.js';
import { parseSessionKey } from './mcp-server-target.js';

type Refreshing = { fork(): EntityManager; clock: Clock; logger: Logger; mcp: McpParts };
type Due = { tenant: string; id: string; appId: string };

const atOnce = 4;
const maxTickMs = 5000;
const gatherMs = 250;
// Longer than a look at the slowest server takes: whoever claimed it and died is followed by another then.
const claimMs = 15 * 60 * 1000;

/**
 * Looks at the tools of every active server when its time has come, and of a server that says that they changed. Several
 * processes may refresh at once: each server is claimed by one. Ends what runs when disposed.
 */
export function startMcpRefresher(parts: Refreshing): AsyncDisposable {
  const { mcp, logger } = parts;
  const closing = new AbortController();
  const told = new Map<string, NodeJS.Timeout>();
  const running = new Set<Promise<void>>();

  const track = (work: Promise<void>) => {
    const tracked: Promise<void> = work
      .catch((err: unknown) => {
        if (!closing.signal.aborted) logger.error({ err }, 'an MCP server could not be refreshed');
      })
      .finally(() => running.delete(tracked));
    running.add(tracked);
    return tracked;
  };
  const listening = mcp.sessions.onToolsChanged((key) => {
    // A server that adds many tools says so many times; one that never stops must not be put off for ever.
    if (told.has(key)) return;
    const timer = setTimeout(() => {
      told.delete(key);
      track(refreshOne(parts, parseSessionKey(key), closing.signal));
    }, gatherMs).unref();
    told.set(key, timer);
  });
  let isLooking = false;
  const look = () => {
    if (isLooking) return;
    isLooking = true;
    track(refreshDue(parts, closing.signal)).finally(() => {
      isLooking = false;
    });
  };
  const tickMs = Math.min(maxTickMs, mcp.refreshSeconds * 1000);
  const timer = mcp.refreshSeconds > 0 ? setInterval(look, tickMs).unref() : null;

  return {
    [Symbol.asyncDispose]: async () => {
      closing.abort(new AppError('UPSTREAM_FAILED', 'This service is shutting down.'));
      if (timer) clearInterval(timer);
      for (const waiting of told.values()) clearTimeout(waiting);
      listening[Symbol.dispose]();
      await Promise.all(running);
    },
  };
}

/** Refreshes what is due, a few servers at once, until nothing is. */
export async function refreshDue(parts: Refreshing, signal: AbortSignal): Promise<void> {
  const worker = async () => {
    while (!signal.aborted) {
      const [due] = await claimDue(parts, 1);
      if (!due) return;
      await refreshOne(parts, due, signal);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** Compare and swap: of several processes one gets a server. */
function claimDue({ fork, clock }: Refreshing, count: number): Promise<Due[]> {
  const now = clock.now();
  return query<Due>(
    fork(),
    `update mcp_servers set next_refresh_at = $2::timestamptz
     where id in (
       select id from mcp_servers where is_active and next_refresh_at <= $1::timestamptz
       order by next_refresh_at limit $3 for update skip locked
     ) and next_refresh_at <= $1::timestamptz
     returning tenant_id as tenant, id, app_id as "appId"`,
    [now.toISOString(), new Date(now.getTime() + claimMs).toISOString(), count],
  );
}

/** How a server failed stands in its row; only what was not foreseen is thrown. */
async function refreshOne(
  { fork, clock, mcp, logger }: Refreshing,
  { tenant, id, appId }: Omit<Due, 'appId'> & { appId?: string },
  signal: AbortSignal,
): Promise<void> {
  const actor: Actor = {
    tenant,
    app: appId ?? null,
    subject: null,
    scopes: new Set(Object.values(scopes)),
    expiresAt: null,
  };
  try {
    await discoverTools({ em: fork(), actor, clock, mcp, signal }, id);
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'INTERNAL') throw error;
    if (!signal.aborted) {
      logger.warn(
        { tenant, mcpServer: id, reason: error.message },
        'an MCP server was not refreshed',
      );
    }
  }
}

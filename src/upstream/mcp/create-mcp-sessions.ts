import { AsyncLocalStorage } from 'node:async_hooks';
import { ProtocolError } from '@modelcontextprotocol/client';
import { AppError } from '../../errors.js';
import { createDeadline } from '../../lib/deadline.js';
import type { Logger } from '../../logger.js';
import type { HttpClient } from '../http-client.js';
import { callTool } from './call-tool.js';
import { listTools, maxListBytes } from './list-tools.js';
import { Exchange, type Exchanges } from './mcp-exchange.js';
import type { McpCall, McpSessions, McpTarget } from './mcp-sessions.js';
import { openMcpSession } from './open-mcp-session.js';
import { type Lease, SessionPool } from './session-pool.js';
import { toMcpError } from './to-mcp-error.js';

export type McpSessionsOptions = {
  http: Pick<HttpClient, 'open'>;
  logger: Logger;
  /** Our own, as servers are told. */
  version?: string;
  maxSessions?: number;
  /** After how long a session that nobody uses is closed. */
  idleMs?: number;
};

type Work<T> = {
  doing: 'list' | 'call';
  signal: AbortSignal;
  newExchange: () => Exchange;
  run: (lease: Lease, exchange: Exchange) => Promise<T>;
  /** Learns what was missing; false where there is nothing to learn. The message was not acted on. */
  recover?: (error: unknown, lease: Lease) => Promise<boolean>;
};

/** A list of many pages may take longer than one answer. */
const listPatience = 10;
const headerMismatch = -32020;

/** Sessions with MCP servers; every byte goes through the egress guard. */
export function createMcpSessions({
  http,
  logger,
  version = '0.1.0',
  maxSessions = 512,
  idleMs = 10 * 60_000,
}: McpSessionsOptions): McpSessions {
  const exchanges: Exchanges = new AsyncLocalStorage();
  const listeners = new Set<(key: string) => void>();
  const pool = new SessionPool({
    open: (target, events) => openMcpSession(target, { ...events, http, exchanges, version }),
    onToolsChanged: (key) => {
      for (const listener of listeners) notify(listener, key, logger);
    },
    maxSessions,
    idleMs,
  });

  return {
    listTools: async (target, { signal: caller } = {}) => {
      caller?.throwIfAborted();
      using deadline = createDeadline(target.timeoutMs * listPatience, caller);
      const { signal } = deadline;
      return await withSession(pool, target, {
        doing: 'list',
        signal,
        newExchange: () => new Exchange({ maxBytes: maxListBytes }),
        run: ({ session }, exchange) => listTools(session, { exchanges, exchange, signal }),
      });
    },
    callTool: async (target, call) => {
      call.signal?.throwIfAborted();
      using deadline = createDeadline(call.timeoutMs, call.signal);
      const { signal } = deadline;
      return await withSession(pool, target, {
        doing: 'call',
        signal,
        newExchange: () => exchangeOf(call),
        run: ({ session }, exchange) => callTool(session, call, { exchanges, exchange, signal }),
        recover: async (error, { session }) => {
          if (!isHeaderMismatch(error) || !session.isModern) return false;
          const exchange = new Exchange({ maxBytes: maxListBytes });
          await listTools(session, { exchanges, exchange, signal });
          return true;
        },
      });
    },
    onToolsChanged: (listener) => {
      // Wrapped, so that one function can listen twice.
      const own = (key: string) => listener(key);
      listeners.add(own);
      return { [Symbol.dispose]: () => void listeners.delete(own) };
    },
    drop: (key) => pool.drop(key),
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}

function exchangeOf({ maxBytes, onSent, onLog }: McpCall): Exchange {
  return new Exchange({ maxBytes, onSent, onLog });
}

/**
 * Runs with the session of a target, and once more with a new one where the server has forgotten the first, in which case
 * it did not act on the message; a list is also asked for again after a lost connection.
 */
async function withSession<T>(pool: SessionPool, target: McpTarget, work: Work<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    using lease = await leaseSession(pool, target, work.signal);
    const exchange = work.newExchange();
    try {
      return await work.run(lease, exchange);
    } catch (error) {
      exchange.end({ graceMs: 0 });
      const failure = toMcpError(error, { ...work, target, exchange });
      if (attempt === 1 && (await work.recover?.(error, lease).catch(() => false))) continue;
      const isForgotten = isSessionForgotten(lease, exchange);
      const isLost = isConnectionLost(failure);
      const isStuck = lease.session.transport === 'SSE' && isTimeout(failure);
      if (isForgotten || isLost || isStuck) lease.retire({ isAlive: false });
      const mayRepeat = isForgotten ? exchange.status === 404 || work.doing === 'list' : isLost;
      const isSafe = isForgotten || work.doing === 'list';
      if (attempt > 1 || !mayRepeat || !isSafe || work.signal.aborted) throw failure;
    }
  }
}

async function leaseSession(
  pool: SessionPool,
  target: McpTarget,
  signal: AbortSignal,
): Promise<Lease> {
  try {
    return await pool.lease(target, signal);
  } catch (error) {
    const exchange = new Exchange({ maxBytes: 0 });
    if (signal.aborted) throw toMcpError(error, { target, exchange, signal, doing: 'connect' });
    throw error;
  }
}

/** 404 by the specification ("Session Management"); several servers answer 400. */
function isSessionForgotten({ session }: Lease, { status, isTaken }: Exchange): boolean {
  return session.hasId() && !isTaken && (status === 404 || status === 400);
}

function isConnectionLost(failure: unknown): boolean {
  return failure instanceof AppError && failure.details.isConnectionLost === true;
}

function isTimeout(failure: unknown): boolean {
  return failure instanceof AppError && failure.code === 'UPSTREAM_TIMEOUT';
}

function isHeaderMismatch(error: unknown): boolean {
  return error instanceof ProtocolError && error.code === headerMismatch;
}

function notify(listener: (key: string) => void, key: string, logger: Logger): void {
  try {
    listener(key);
  } catch (error) {
    logger.error({ err: error, key }, 'A change of an MCP server could not be handled.');
  }
}

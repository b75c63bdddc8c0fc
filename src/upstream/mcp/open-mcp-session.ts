import {
  Client,
  SdkError,
  SdkErrorCode,
  SSEClientTransport,
  SseError,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client';
import { createDeadline } from '../../lib/deadline.js';
import type { HttpClient } from '../http-client.js';
import { settledBefore } from '../settled-before.js';
import { createMcpFetch, type McpLink } from './create-mcp-fetch.js';
import { listenForTools } from './listen-for-tools.js';
import { Exchange, type Exchanges } from './mcp-exchange.js';
import type { ParamHeader } from './mcp-param-headers.js';
import type { McpTarget, McpTransportKind } from './mcp-sessions.js';
import { createReconnectPace, type ReconnectPace } from './reconnect-pace.js';
import { toMcpError } from './to-mcp-error.js';
import { WatchedTransport } from './watched-transport.js';

export type McpSession = {
  client: Client;
  transport: McpTransportKind;
  /** Whether the server speaks 2026-07-28, where no session is kept on its side. */
  isModern: boolean;
  /** Whether the server gave the session an id, which it may forget. */
  hasId(): boolean;
  link: McpLink;
  /** Which arguments of a tool are told in headers too; known for tools that were listed. */
  paramHeaders: Map<string, ParamHeader[]>;
  /** Tells the server that the session is over where it likes to know, and closes all connections. */
  close(options: { isAlive: boolean }): Promise<void>;
};

export type OpenSessionOptions = {
  http: Pick<HttpClient, 'open'>;
  exchanges: Exchanges;
  version: string;
  closing: AbortSignal;
  onToolsChanged: () => void;
  /** Told that nothing more will be heard of the session. */
  onDead: () => void;
};

const maxConnectBytes = 4 * 1024 ** 2;
const maxProbeMs = 10_000;
const farewellMs = 2_000;

type Attempt = { kind: McpTransportKind; isLegacy: boolean };

/**
 * Opens a session: `server/discover` for a server that speaks 2026-07-28, else the `initialize` handshake, both over
 * Streamable HTTP; where that is answered with 400, 404 or 405, over the older HTTP+SSE transport (specification, "Transports:
 * Backwards Compatibility"). A target that was found to speak the older one is asked that way first.
 */
export async function openMcpSession(
  target: McpTarget,
  options: OpenSessionOptions,
): Promise<McpSession> {
  using deadline = createDeadline(target.timeoutMs, options.closing);
  const [first, second] = attemptsFor(target);
  try {
    return await connect(target, first, deadline.signal, options);
  } catch (error) {
    if (!(error instanceof ConnectFailure) || !error.mayTryOther) throw toCause(error);
    try {
      return await connect(target, second, deadline.signal, options);
    } catch (other) {
      throw toCause(other instanceof ConnectFailure && other.isMoreTelling ? other : error);
    }
  }
}

function attemptsFor({ transport }: McpTarget): [Attempt, Attempt] {
  const streamable: Attempt = { kind: 'STREAMABLE_HTTP', isLegacy: false };
  const sse: Attempt = { kind: 'SSE', isLegacy: true };
  return transport === 'SSE' ? [sse, streamable] : [streamable, sse];
}

function toCause(error: unknown): unknown {
  return error instanceof ConnectFailure ? error.cause : error;
}

/** A failed attempt: `cause` is what to tell, the rest whether another one may do better. */
class ConnectFailure extends Error {
  constructor(
    cause: unknown,
    readonly mayTryOther: boolean,
    readonly isMoreTelling: boolean,
    readonly isOfProbe: boolean,
  ) {
    super('No session could be opened.', { cause });
  }
}

async function connect(
  target: McpTarget,
  attempt: Attempt,
  signal: AbortSignal,
  options: OpenSessionOptions,
): Promise<McpSession> {
  try {
    return await connectOnce(target, attempt, signal, options);
  } catch (error) {
    if (!(error instanceof ConnectFailure) || !error.isOfProbe || signal.aborted) throw error;
    return connectOnce(target, { ...attempt, isLegacy: true }, signal, options);
  }
}

async function connectOnce(
  target: McpTarget,
  attempt: Attempt,
  signal: AbortSignal,
  options: OpenSessionOptions,
): Promise<McpSession> {
  const { exchanges, http, version } = options;
  const link: McpLink = { http, exchanges, target, transport: attempt.kind };
  const exchange = new Exchange({ maxBytes: maxConnectBytes });
  const standing = new Exchange({
    maxBytes: Number.POSITIVE_INFINITY,
    // The older transport has one stream for all, so that only a call that runs alone is known to be meant.
    onLog: (message) => transport.onlyExchange?.log(message),
  });
  const pace = createReconnectPace({
    isBounded: () => exchanges.getStore()?.isStanding === false,
  });
  const inner = createTransport(link, attempt.kind, standing, pace);
  const transport = new WatchedTransport(inner, {
    exchanges,
    standing,
    host: new URL(target.url).hostname,
    isFatal: (error) => error instanceof SseError,
    onFatal: options.onDead,
  });
  const client = createClient(version, target.timeoutMs, attempt.isLegacy);
  const close = async () => {
    pace.stop();
    exchange.end({ graceMs: 0 });
    standing.end({ graceMs: 0 });
    await client.close().catch(() => {});
    await transport.close().catch(() => {});
  };
  try {
    const connecting = exchanges.run(exchange, () =>
      client.connect(transport, { signal, timeout: target.timeoutMs }),
    );
    await settledBefore(signal, connecting);
  } catch (error) {
    connectingFailed(exchange, standing);
    const failure = toFailure(error, { target, attempt, exchange, signal });
    await close();
    throw failure;
  }
  exchange.end({ graceMs: farewellMs });
  listenForTools(client, { exchanges, standing, onToolsChanged: options.onToolsChanged });
  return {
    client,
    transport: attempt.kind,
    isModern: client.getProtocolEra() === 'modern',
    hasId: () => transport.sessionId !== undefined,
    link,
    paramHeaders: new Map(),
    close: async ({ isAlive }) => {
      if (isAlive && inner instanceof StreamableHTTPClientTransport) await sayFarewell(inner);
      await close();
    },
  };
}

/** The stream of the older transport stands for the whole session, so its failure is noted there. */
function connectingFailed(exchange: Exchange, standing: Exchange): void {
  exchange.failure ??= standing.failure;
  exchange.refusal ??= standing.refusal;
  exchange.status ??= standing.status;
}

function createTransport(
  link: McpLink,
  kind: McpTransportKind,
  standing: Exchange,
  pace: ReconnectPace,
): StreamableHTTPClientTransport | SSEClientTransport {
  const url = new URL(link.target.url);
  const fetch = createMcpFetch(link);
  if (kind === 'STREAMABLE_HTTP') {
    return new StreamableHTTPClientTransport(url, {
      fetch,
      reconnectionScheduler: (reconnect, delay) => pace.schedule(reconnect, delay),
    });
  }
  return new SSEClientTransport(url, {
    fetch,
    eventSourceInit: {
      fetch: async (input, init) => {
        const response = await fetch(input instanceof Request ? input.url : input, init);
        standing.answered(response, { isMessage: true });
        return response;
      },
    },
  });
}

function createClient(version: string, timeoutMs: number, isLegacy: boolean): Client {
  return new Client(
    { name: 'toolgraph', version },
    {
      capabilities: {},
      inputRequired: { autoFulfill: false },
      // Schemas are compared with answers where calls are made: none is compiled here, and no `$ref` followed.
      jsonSchemaValidator: { getValidator: () => refuseToValidate },
      versionNegotiation: isLegacy
        ? { mode: 'legacy' }
        : { mode: 'auto', probe: { timeoutMs: Math.min(maxProbeMs, timeoutMs / 2) } },
    },
  );
}

function refuseToValidate() {
  return { valid: false, data: undefined, errorMessage: 'Nothing is validated here.' } as const;
}

function toFailure(
  error: unknown,
  {
    target,
    attempt,
    exchange,
    signal,
  }: {
    target: McpTarget;
    attempt: Attempt;
    exchange: Exchange;
    signal: AbortSignal;
  },
): ConnectFailure {
  const { status, failure, refusal } = exchange;
  const isAnswered = failure === null && refusal === null && !signal.aborted;
  const isElsewhere =
    isAnswered && status !== null && [400, 404, 405, 406, 410, 415].includes(status);
  const isOfProbe =
    isAnswered &&
    !attempt.isLegacy &&
    error instanceof SdkError &&
    (error.code === SdkErrorCode.EraNegotiationFailed ||
      error.code === SdkErrorCode.RequestTimeout);
  const cause = toMcpError(error, { target, exchange, signal, doing: 'connect' });
  const isMoreTelling = refusal !== null || failure !== null || status === 401 || status === 403;
  const mayTryOther = isElsewhere || (isAnswered && attempt.kind === 'SSE');
  return new ConnectFailure(cause, mayTryOther, isMoreTelling, isOfProbe);
}

async function sayFarewell(transport: StreamableHTTPClientTransport): Promise<void> {
  using deadline = createDeadline(farewellMs, undefined);
  await settledBefore(deadline.signal, transport.terminateSession()).catch(() => {});
}

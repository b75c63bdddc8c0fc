import { ProtocolError, SdkError, SdkErrorCode } from '@modelcontextprotocol/client';
import { AppError } from '../../errors.js';
import type { Exchange } from './mcp-exchange.js';
import type { McpTarget } from './mcp-sessions.js';

export type FailedExchange = {
  target: McpTarget;
  exchange: Exchange;
  /** Aborts with the caller or when the time is up. */
  signal: AbortSignal;
  doing: 'connect' | 'list' | 'call';
};

/** Statuses that say that the message was not taken. */
const refusals = new Set([400, 401, 403, 404, 405, 406, 411, 413, 415, 421, 426, 429, 431]);

/** Errors of JSON-RPC that say that nothing was run: no JSON, no request, no such method, wrong parameters. */
const rpcRefusals = new Set([-32700, -32600, -32601, -32602, -32020, -32021, -32022]);

/**
 * What a failed exchange means to a caller. What `authorize` threw and the reason of the caller's own abort stay as they
 * are; everything else is an AppError that names the host. `details.mayHaveRun` is true unless it is known that the server
 * did not act on the message.
 */
export function toMcpError(error: unknown, failed: FailedExchange): unknown {
  const { exchange, signal, target } = failed;
  if (exchange.refusal !== null) return exchange.refusal;
  const mayHaveRun = failed.doing !== 'connect' && exchange.isSent;
  const host = new URL(target.url).hostname;
  if (signal.aborted) {
    if (!isTimeout(signal.reason)) return signal.reason;
    return new AppError(
      'UPSTREAM_TIMEOUT',
      failed.doing === 'connect'
        ? `"${host}" did not open a session in time.`
        : `"${host}" did not answer in time.`,
      { host, mayHaveRun },
      { cause: error },
    );
  }
  const known = error instanceof AppError ? error : exchange.failure;
  if (known instanceof AppError) {
    const { code, message, details } = known;
    return new AppError(code, message, { mayHaveRun, ...details }, { cause: error });
  }
  const { what, details } = describe(error, exchange);
  return new AppError(
    'UPSTREAM_FAILED',
    `"${host}" ${what}.`,
    { host, mayHaveRun: mayHaveRun && !saysNotRun(error, exchange), ...details },
    { cause: error },
  );
}

function saysNotRun(error: unknown, { isTaken, status }: Exchange): boolean {
  if (error instanceof ProtocolError) return rpcRefusals.has(error.code);
  return !isTaken && status !== null && refusals.has(status);
}

type Description = { what: string; details?: Record<string, unknown> };

function describe(error: unknown, { status, isTaken }: Exchange): Description {
  if (error instanceof ProtocolError) {
    const what = `answered with an error: ${toShort(error.message)} (${error.code})`;
    return { what, details: { rpcCode: error.code } };
  }
  if (status !== null && !isTaken) {
    const what =
      status >= 300 && status < 400
        ? `redirects elsewhere (status ${status}), where MCP messages do not follow`
        : `answered with status ${status}`;
    return { what, details: { status } };
  }
  if (error instanceof SdkError) return { what: describeSdkError(error) };
  return { what: 'does not answer as an MCP server does' };
}

function describeSdkError(error: SdkError): string {
  switch (error.code) {
    case SdkErrorCode.ClientHttpUnexpectedContent:
      return 'answered with a content type that is neither JSON nor an event stream';
    case SdkErrorCode.UnsupportedResultType:
      return 'asks for more input, which nobody is there to give';
    case SdkErrorCode.ConnectionClosed:
    case SdkErrorCode.NotConnected:
      return 'was let go of while the request ran';
    case SdkErrorCode.InvalidResult:
      return 'answered with a result that is none';
    default:
      return 'does not answer as an MCP server does';
  }
}

function toShort(text: string): string {
  const line = text.replace(/[\p{Cc}\s]+/gu, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === 'TimeoutError';
}

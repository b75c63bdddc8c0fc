import { type Progress, SdkError, SdkErrorCode } from '@modelcontextprotocol/client';
import { z } from 'zod';
import type { Exchange, Exchanges } from './mcp-exchange.js';
import type { McpSession } from './open-mcp-session.js';

export type SendRequestOptions = {
  exchanges: Exchanges;
  exchange: Exchange;
  signal: AbortSignal;
  headers?: Record<string, string>;
  onProgress?: ((progress: Progress) => void) | undefined;
};

export type RpcRequest = { method: 'tools/list' | 'tools/call'; params: Record<string, unknown> };

const anyResult = z.looseObject({});

/** Time is kept by the signal, so that the SDK's own clock must not run out before. */
const noTimeoutMs = 2 ** 31 - 1;
const graceMs = 1_000;

/**
 * One request of a session and its result as it came: kinds of content that the SDK does not know pass too. When the signal
 * aborts, the server is told (notifications/cancelled, or the end of the request's stream), and nothing stays open.
 */
export async function sendRequest(
  { client }: McpSession,
  request: RpcRequest,
  { exchanges, exchange, signal, headers, onProgress }: SendRequestOptions,
): Promise<Record<string, unknown>> {
  const options = {
    signal,
    timeout: noTimeoutMs,
    ...(headers && { headers }),
    ...(onProgress && { onprogress: onProgress }),
  };
  exchange.goOn();
  try {
    const result = await exchanges.run(exchange, () => client.request(request, anyResult, options));
    exchange.end({ graceMs });
    return result;
  } catch (error) {
    exchange.end({ graceMs: 0 });
    const raw = usableResult(error, exchange);
    if (raw) return raw;
    throw error;
  }
}

/** A result that the SDK takes for invalid, but that is whole: servers of 2026-07-28 are checked to the letter. */
function usableResult(error: unknown, { result }: Exchange): Record<string, unknown> | null {
  if (!(error instanceof SdkError) || error.code !== SdkErrorCode.InvalidResult) return null;
  if (typeof result !== 'object' || result === null || Array.isArray(result)) return null;
  const { resultType, ...rest } = result as Record<string, unknown>;
  return resultType === undefined || resultType === 'complete' ? rest : null;
}

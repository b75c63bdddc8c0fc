import { guardedFetch } from '../guarded-fetch.js';
import type { HttpClient } from '../http-client.js';
import type { Exchange, Exchanges } from './mcp-exchange.js';
import type { McpTarget, McpTransportKind } from './mcp-sessions.js';

export type McpLink = {
  http: Pick<HttpClient, 'open'>;
  exchanges: Exchanges;
  /** The target as it was given last: its `authorize` is the one to ask. */
  target: McpTarget;
  /** The older SSE transport does not end the requests of an exchange by itself. */
  transport: McpTransportKind;
};

const maxEventBytes = 16 * 1024 ** 2;

const maxNoticeBytes = 1024 ** 2;
const noticeTimeoutMs = 10_000;

type Outgoing = {
  url: string;
  method: string;
  headers: Record<string, string>;
  body: string | undefined;
  signal: AbortSignal;
  exchange: Exchange | null;
};

/**
 * The `fetch` of a session: every request goes through the egress guard and carries what `authorize` gives, to the
 * target's origin alone. A 401, and a 403 that asks for a wider scope (RFC 6750, section 3.1), is answered by asking
 * `authorize` once more, and by sending again where it has something else to offer.
 */
export function createMcpFetch(link: McpLink) {
  return async (input: string | URL, init: RequestInit = {}): Promise<Response> => {
    const exchange = link.exchanges.getStore() ?? null;
    const outgoing: Outgoing = {
      url: String(input),
      method: init.method ?? 'GET',
      headers: Object.fromEntries(new Headers(init.headers)),
      body: typeof init.body === 'string' ? init.body : undefined,
      signal: signalOf(link, init, exchange),
      exchange,
    };
    try {
      const response = await sendAuthorized(link, outgoing);
      exchange?.answered(response, { isMessage: outgoing.method === 'POST' });
      return response;
    } catch (error) {
      if (exchange && !outgoing.signal.aborted) exchange.failure = error;
      throw error;
    }
  };
}

function signalOf(
  { transport }: McpLink,
  { signal }: RequestInit,
  exchange: Exchange | null,
): AbortSignal {
  if (!exchange || (signal && transport === 'STREAMABLE_HTTP')) {
    return signal ?? new AbortController().signal;
  }
  return signal ? AbortSignal.any([signal, exchange.signal]) : exchange.signal;
}

async function sendAuthorized(link: McpLink, outgoing: Outgoing): Promise<Response> {
  const isOwn = new URL(outgoing.url).origin === new URL(link.target.url).origin;
  if (!isOwn) return send(link, outgoing, null);
  let value = await authorize(link, outgoing, { stale: null, challenge: null });
  const asked = new Set<number>();
  for (;;) {
    const response = await send(link, outgoing, value);
    const challenge = response.headers.get('www-authenticate');
    if (!isAboutAuthorization(response.status, challenge) || asked.has(response.status)) {
      return response;
    }
    asked.add(response.status);
    const next = await authorize(link, outgoing, { stale: value, challenge: challenge ?? '' });
    if (next === null || next === value) return response;
    await response.body?.cancel();
    value = next;
  }
}

async function authorize(
  { target }: McpLink,
  { signal, exchange }: Outgoing,
  request: { stale: string | null; challenge: string | null },
): Promise<string | null> {
  try {
    return await target.authorize({ ...request, signal });
  } catch (error) {
    if (exchange && !signal.aborted) exchange.refusal = error;
    throw error;
  }
}

function isAboutAuthorization(status: number, challenge: string | null): boolean {
  if (status === 401) return true;
  return status === 403 && /\berror\s*=\s*"?insufficient_scope\b/i.test(challenge ?? '');
}

function send(
  { http }: McpLink,
  { url, method, headers, body, signal, exchange }: Outgoing,
  authorization: string | null,
): Promise<Response> {
  const isStanding = exchange === null && method === 'GET';
  return guardedFetch(http, {
    url,
    method,
    headers: { ...headers, ...(authorization !== null && { authorization }) },
    ...(body !== undefined && { body }),
    signal,
    timeoutMs: exchange || isStanding ? 0 : noticeTimeoutMs,
    maxBytes: exchange?.bytesLeft ?? (isStanding ? Number.POSITIVE_INFINITY : maxNoticeBytes),
    maxEventBytes: exchange && !exchange.isStanding ? exchange.bytesLeft : maxEventBytes,
    onBytes: (bytes) => exchange?.count(bytes),
    ...(exchange && {
      ...(method === 'POST' && { onSent: () => exchange.sent() }),
      onBroken: (error: unknown) => {
        if (!signal.aborted) exchange.failure = error;
      },
    }),
  });
}

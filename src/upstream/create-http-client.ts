import { Agent, type Dispatcher } from 'undici';
import { AppError } from '../errors.js';
import { createDeadline } from '../lib/deadline.js';
import { isStreamingType } from '../lib/streaming-types.js';
import { createOpening, type Opening } from './create-opening.js';
import { createEgressGuard, type EgressGuard, portOf, type Resolve } from './egress-guard.js';
import { createGuardedConnector } from './guarded-connector.js';
import type { HttpClient, IncomingResponse, OpenResponse, OutgoingRequest } from './http-client.js';
import { type Hop, planRedirect } from './plan-redirect.js';
import { readBody, tooLarge } from './read-body.js';
import { readPieces } from './read-pieces.js';
import { settledBefore } from './settled-before.js';
import { type Limits, toLimits, toOpeningLimits } from './to-limits.js';
import { toOutgoingHeaders } from './to-outgoing-headers.js';
import { type Phase, toUpstreamError } from './to-upstream-error.js';
import { watchSending } from './watch-sending.js';

export type HttpClientOptions = {
  /** Entries of `EGRESS_ALLOW`. */
  allow: readonly string[];
  /** Where a request does not say. */
  timeoutMs?: number;
  maxBytes?: number;
  connectTimeoutMs?: number;
  /** In place of the system's resolver. */
  resolve?: Resolve;
};

type Answer = Dispatcher.ResponseData<unknown>;

/** One request under way. `signal` aborts with the caller or when the time is up, `caller` with the caller alone. */
type Exchange = {
  limits: Limits;
  signal: AbortSignal;
  caller: AbortSignal | undefined;
  phase: Phase;
  onSent: () => void;
  admit: (host: string) => Promise<() => void>;
};

/**
 * A client whose every connection goes through the egress guard: names are resolved and checked once per connection,
 * which then uses the checked addresses. Proxy settings of the environment are not looked at.
 * Throws INVALID_INPUT for an entry of `allow` that cannot be read.
 */
export function createHttpClient({
  allow,
  timeoutMs = 30_000,
  maxBytes = 10 * 1024 ** 2,
  connectTimeoutMs = 10_000,
  resolve,
}: HttpClientOptions): HttpClient {
  const guard = createEgressGuard({ allow, resolve });
  const closing = new AbortController();
  const agent = new Agent({
    connect: createGuardedConnector(guard, connectTimeoutMs, closing.signal),
    // HTTP/2 would let one connection carry on for names other than the one that was checked.
    allowH2: false,
    maxHeaderSize: 64 * 1024,
    keepAliveTimeout: 4_000,
  });
  const dispatcher = watchSending(agent);
  return {
    send: async (request) => {
      const limits = toLimits(request, { timeoutMs, maxBytes });
      const caller = request.signal;
      caller?.throwIfAborted();
      using deadline = createDeadline(limits.timeoutMs, caller);
      const exchange = { ...toExchange(request, limits), signal: deadline.signal };
      return await follow(dispatcher, guard, toFirstHop(guard, request), exchange, readAnswer);
    },
    open: async (request) => {
      const limits = toOpeningLimits(request, { timeoutMs, maxBytes });
      request.signal?.throwIfAborted();
      const opening = createOpening(request.signal, limits.timeoutMs);
      const exchange = { ...toExchange(request, limits), signal: opening.signal };
      const first = toFirstHop(guard, request);
      first.headers['accept-encoding'] = 'identity';
      try {
        const answer = await follow(dispatcher, guard, first, exchange, (...came) =>
          openAnswer(opening, ...came),
        );
        opening.stopClock();
        return answer;
      } catch (error) {
        opening.end();
        throw error;
      }
    },
    [Symbol.asyncDispose]: () => {
      closing.abort();
      return agent.destroy();
    },
  };
}

function toExchange(request: OutgoingRequest, limits: Limits): Omit<Exchange, 'signal'> {
  return {
    limits,
    caller: request.signal,
    phase: 'connect',
    onSent: request.onSent ?? (() => {}),
    admit: request.admit ?? (async () => () => {}),
  };
}

function toFirstHop(guard: EgressGuard, { url, method, headers, body }: OutgoingRequest): Hop {
  return {
    url: guard.checkUrl(url),
    method: method?.toUpperCase() ?? 'GET',
    headers: toOutgoingHeaders(headers ?? {}),
    body: body ?? null,
  };
}

type Read<T> = (
  hop: Hop,
  answer: Answer,
  headers: Record<string, string>,
  exchange: Exchange,
) => Promise<T>;

async function follow<T extends { status: number }>(
  dispatcher: Dispatcher,
  guard: EgressGuard,
  first: Hop,
  exchange: Exchange,
  read: Read<T>,
): Promise<T> {
  const { maxRedirects } = exchange.limits;
  let hop = first;
  for (let redirects = 0; ; redirects += 1) {
    const leave = await exchange.admit(`${hop.url.hostname}:${portOf(hop.url)}`);
    try {
      const came = await takeHop(dispatcher, hop, exchange, read);
      if ('status' in came) return came;
      if (redirects === maxRedirects) throw tooManyRedirects(first, redirects);
      hop = { ...came, url: guard.checkUrl(came.url.href) };
    } catch (error) {
      throw toUpstreamError(error, { ...exchange, host: hop.url.hostname });
    } finally {
      leave();
    }
  }
}

/** The answer, or where it redirects to. */
async function takeHop<T>(
  dispatcher: Dispatcher,
  hop: Hop,
  exchange: Exchange,
  read: Read<T>,
): Promise<T | Hop> {
  const { limits, signal } = exchange;
  exchange.phase = 'connect';
  const answer = await settledBefore(signal, request(dispatcher, hop, exchange));
  exchange.phase = 'body';
  const headers = toPlainHeaders(answer.headers);
  const next = limits.maxRedirects > 0 ? redirectOf(hop, answer, headers) : null;
  if (!next) return read(hop, answer, headers, exchange);
  await answer.body.dump({ limit: 16 * 1024, signal });
  return next;
}

function request(dispatcher: Dispatcher, hop: Hop, exchange: Exchange) {
  return dispatcher.request({
    origin: hop.url.origin,
    path: `${hop.url.pathname}${hop.url.search}`,
    // undici takes any method that is a token, its type lists the common ones.
    method: hop.method as Dispatcher.HttpMethod,
    headers: hop.headers,
    body: hop.body,
    signal: exchange.signal,
    headersTimeout: exchange.limits.headersTimeoutMs,
    // Pauses are measured while the body is read: a stream may be silent for as long as it lasts.
    bodyTimeout: 0,
    opaque: () => {
      exchange.phase = 'headers';
      exchange.onSent();
    },
  });
}

/** Leaves no answer behind unread, whose connection would stay open. */
function redirectOf(
  hop: Hop,
  { statusCode, body }: Answer,
  { location }: Record<string, string>,
): Hop | null {
  try {
    return planRedirect(hop, statusCode, location);
  } catch (error) {
    discard(body);
    throw error;
  }
}

async function readAnswer(
  hop: Hop,
  { statusCode, body }: Answer,
  headers: Record<string, string>,
  { limits, signal, caller }: Exchange,
): Promise<IncomingResponse> {
  const host = hop.url.hostname;
  const { maxBytes, onLimit, maxStreamMs, bodyTimeoutMs } = limits;
  if (onLimit === 'refuse') refuseAnnounced(hop, body, headers, maxBytes);
  const isStream = onLimit === 'truncate' && isStreamingType(headers['content-type'] ?? '');
  const read = await readBody(body, {
    encoding: headers['content-encoding'] ?? '',
    host,
    maxBytes,
    onLimit,
    stream: isStream ? { maxMs: maxStreamMs, caller } : null,
    maxPauseMs: bodyTimeoutMs,
    signal,
  });
  return {
    status: statusCode,
    headers,
    body: read.bytes,
    isTruncated: read.isTruncated,
    url: hop.url.href,
  };
}

async function openAnswer(
  opening: Opening,
  hop: Hop,
  { statusCode, body }: Answer,
  headers: Record<string, string>,
  exchange: Exchange,
): Promise<OpenResponse> {
  const host = hop.url.hostname;
  const { maxBytes } = exchange.limits;
  refuseAnnounced(hop, body, headers, maxBytes);
  body.on('error', () => {});
  return {
    status: statusCode,
    headers,
    url: hop.url.href,
    body: readPieces(body, {
      encoding: headers['content-encoding'] ?? '',
      host,
      maxBytes,
      toError: (error) => toUpstreamError(error, { ...exchange, host }),
      onEnd: opening.end,
    }),
    cancel: () => {
      opening.end();
      body.destroy();
    },
  };
}

function refuseAnnounced(
  hop: Hop,
  body: Answer['body'],
  headers: Record<string, string>,
  maxBytes: number,
): void {
  if (hop.method === 'HEAD' || !(Number(headers['content-length'] ?? 0) > maxBytes)) return;
  discard(body);
  throw tooLarge(hop.url.hostname, maxBytes);
}

function discard(body: Answer['body']): void {
  body.on('error', () => {}).destroy();
}

function toPlainHeaders(headers: Answer['headers']): Record<string, string> {
  const plain: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return plain;
}

function tooManyRedirects({ url }: Hop, count: number): AppError {
  return new AppError('UPSTREAM_FAILED', `"${url.hostname}" redirects more than ${count} times.`);
}

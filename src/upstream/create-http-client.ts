import { Agent, buildConnector, type Dispatcher } from 'undici';
import { AppError } from '../errors.js';
import { createEgressGuard, type EgressGuard, portOf, type Resolve } from './egress-guard.js';
import type { HttpClient, IncomingResponse, OutgoingRequest } from './http-client.js';
import { type Hop, planRedirect } from './plan-redirect.js';
import { readBody, tooLarge } from './read-body.js';
import { toOutgoingHeaders } from './to-outgoing-headers.js';
import { toUpstreamError } from './to-upstream-error.js';

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

type Limits = { maxBytes: number; maxRedirects: number; timeoutMs: number };

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
  return {
    send: async (request) => {
      const limits = {
        maxBytes: request.maxBytes ?? maxBytes,
        maxRedirects: request.maxRedirects ?? 5,
        timeoutMs: request.timeoutMs ?? timeoutMs,
      };
      const deadline = AbortSignal.timeout(limits.timeoutMs);
      const signal = request.signal ? AbortSignal.any([request.signal, deadline]) : deadline;
      request.signal?.throwIfAborted();
      return follow(agent, guard, toFirstHop(guard, request), limits, signal);
    },
    [Symbol.asyncDispose]: () => {
      closing.abort();
      return agent.destroy();
    },
  };
}

/** Resolves, checks and connects as one step, so that no other answer of a resolver can come between. */
function createGuardedConnector(
  guard: EgressGuard,
  timeout: number,
  closing: AbortSignal,
): buildConnector.connector {
  return (options, callback) => {
    const limit = AbortSignal.any([closing, AbortSignal.timeout(timeout)]);
    settledBefore(limit, guard.resolve(options.hostname, portOf(options))).then(
      (addresses) => {
        const connect = buildConnector({
          timeout,
          allowH2: false,
          autoSelectFamily: true,
          lookup: (_host, { all }, done) => {
            const [first] = addresses;
            if (all) done(null, addresses);
            else done(null, first?.address ?? '', first?.family);
          },
        });
        connect(options, callback);
      },
      (error: Error) => callback(error, null),
    );
  };
}

/**
 * Stops waiting once the signal aborts: a resolver cannot be interrupted, and undici looks at the signal of a request
 * only when its connection stands.
 */
async function settledBefore<T>(signal: AbortSignal, result: Promise<T>): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([result, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function toFirstHop(guard: EgressGuard, { url, method, headers, body }: OutgoingRequest): Hop {
  return {
    url: guard.checkUrl(url),
    method: method?.toUpperCase() ?? 'GET',
    headers: toOutgoingHeaders(headers ?? {}),
    body: body ?? null,
  };
}

async function follow(
  agent: Agent,
  guard: EgressGuard,
  first: Hop,
  limits: Limits,
  signal: AbortSignal,
): Promise<IncomingResponse> {
  let hop = first;
  for (let redirects = 0; ; redirects += 1) {
    try {
      const answer = await settledBefore(signal, request(agent, hop, limits, signal));
      const headers = toPlainHeaders(answer.headers);
      const next =
        limits.maxRedirects > 0 ? planRedirect(hop, answer.statusCode, headers.location) : null;
      if (!next) return await readAnswer(hop, answer, headers, limits, signal);
      await answer.body.dump({ limit: 16 * 1024, signal });
      if (redirects === limits.maxRedirects) throw tooManyRedirects(first, redirects);
      hop = { ...next, url: guard.checkUrl(next.url.href) };
    } catch (error) {
      throw toUpstreamError(error, hop.url.hostname, limits.timeoutMs, signal);
    }
  }
}

function request(agent: Agent, hop: Hop, { timeoutMs }: Limits, signal: AbortSignal) {
  return agent.request({
    origin: hop.url.origin,
    path: `${hop.url.pathname}${hop.url.search}`,
    // undici takes any method that is a token, its type lists the common ones.
    method: hop.method as Dispatcher.HttpMethod,
    headers: hop.headers,
    body: hop.body,
    signal,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });
}

async function readAnswer(
  hop: Hop,
  { statusCode, body }: Dispatcher.ResponseData,
  headers: Record<string, string>,
  { maxBytes }: Limits,
  signal: AbortSignal,
): Promise<IncomingResponse> {
  const host = hop.url.hostname;
  if (hop.method !== 'HEAD' && Number(headers['content-length'] ?? 0) > maxBytes) {
    body.on('error', () => {}).destroy();
    throw tooLarge(host, maxBytes);
  }
  const encoding = headers['content-encoding'] ?? '';
  const bytes = await readBody(body, { encoding, host, maxBytes, signal });
  return { status: statusCode, headers, body: bytes, url: hop.url.href };
}

function toPlainHeaders(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const plain: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return plain;
}

function tooManyRedirects({ url }: Hop, count: number): AppError {
  return new AppError('UPSTREAM_FAILED', `"${url.hostname}" redirects more than ${count} times.`);
}

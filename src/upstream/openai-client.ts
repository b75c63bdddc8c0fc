import OpenAI, { APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai';
import { AppError } from '../errors.js';
import { createHttpClient } from './create-http-client.js';
import { toEgressRule } from './egress-rules.js';
import type { HttpClient } from './http-client.js';

export type OpenAiOptions = {
  apiKey: string;
  baseUrl: string;
  /** Bound on one request. */
  timeoutMs: number;
  maxAnswerBytes: number;
  /** In place of a client that reaches the host of `baseUrl`, wherever it lives, and else public hosts only. */
  http?: HttpClient;
};

/**
 * A client of OpenAI or a compatible server. One attempt, no retries; nothing of it is read from the environment.
 */
export function createOpenAiClient(options: OpenAiOptions): AsyncDisposable & { client: OpenAI } {
  const { apiKey, baseUrl, timeoutMs } = options;
  const http = options.http ?? createHttpClient({ allow: [toEgressRule(baseUrl)] });
  const client = new OpenAI({
    apiKey,
    baseURL: baseUrl,
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    logLevel: 'off',
    maxRetries: 0,
    timeout: timeoutMs,
    fetch: createGuardedFetch(http, options),
  });
  return {
    client,
    [Symbol.asyncDispose]: async () => {
      if (!options.http) await http[Symbol.asyncDispose]();
    },
  };
}

/** The part of `fetch` that the client uses: one JSON request, one answer that is read whole. */
function createGuardedFetch(http: HttpClient, { timeoutMs, maxAnswerBytes }: OpenAiOptions) {
  return async (url: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const answer = await http.send({
      url: url instanceof Request ? url.url : String(url),
      method: init.method ?? 'GET',
      headers: Object.fromEntries(new Headers(init.headers)),
      ...(typeof init.body === 'string' && { body: init.body }),
      ...(init.signal && { signal: init.signal }),
      maxBytes: maxAnswerBytes,
      maxRedirects: 0,
      timeoutMs,
    });
    const headers = new Headers({ 'content-type': answer.headers['content-type'] ?? '' });
    const hasBody = answer.status !== 204 && answer.status !== 205 && answer.status !== 304;
    return new Response(hasBody ? new Uint8Array(answer.body) : null, {
      status: answer.status,
      headers,
    });
  };
}

/** A compatible server may answer anything, so shapes are not taken from the client's types. */
export function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

export function firstOf(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : undefined;
}

/**
 * UPSTREAM_FAILED (with the `status` that was answered, if any, in its details), UPSTREAM_TIMEOUT, or the reason of the
 * caller's own abort. Null where an answer came that the client cannot read.
 */
export function toOpenAiFailure(
  error: unknown,
  { who, timeoutMs, signal }: { who: string; timeoutMs: number; signal: AbortSignal | undefined },
): unknown {
  if (error instanceof APIUserAbortError && signal?.aborted) return signal.reason;
  const known = appErrorIn(error);
  if (error instanceof APIConnectionTimeoutError || known?.code === 'UPSTREAM_TIMEOUT') {
    const message = `${who} did not answer within ${timeoutMs} ms.`;
    return new AppError('UPSTREAM_TIMEOUT', message, {}, { cause: error });
  }
  if (known) return new AppError('UPSTREAM_FAILED', known.message, {}, { cause: known });
  // The server's own words are left out: some repeat the API key.
  const status = error instanceof APIError ? error.status : undefined;
  if (status === undefined) return null;
  const message = `${who} answered with status ${status}.`;
  return new AppError('UPSTREAM_FAILED', message, { status }, { cause: error });
}

function appErrorIn(error: unknown): AppError | null {
  if (error instanceof AppError) return error;
  return error instanceof Error && error.cause ? appErrorIn(error.cause) : null;
}

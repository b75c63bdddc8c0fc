import OpenAI, { APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai';
import { AppError } from '../errors.js';
import { createHttpClient } from './create-http-client.js';
import { toEgressRule } from './egress-rules.js';
import type { HttpClient } from './http-client.js';

export type ChatOptions = {
  apiKey: string;
  baseUrl: string;
  model: string;
  /** Bound on one text. */
  timeoutMs: number;
  /** What is written, as sentences name it: `description`. */
  noun: string;
  /** In place of a client that reaches the host of `baseUrl`, wherever it lives, and else public hosts only. */
  http?: HttpClient;
};

const maxAnswerBytes = 256 * 1024;

export type Chat = AsyncDisposable & {
  /** What it wrote, as it is. Throws UPSTREAM_FAILED or UPSTREAM_TIMEOUT, or the reason of the caller's own abort. */
  complete(
    task: {
      messages: { role: 'system' | 'user'; content: string }[];
      maxTokens: number;
    },
    options?: { signal?: AbortSignal | undefined },
  ): Promise<string>;
};

/**
 * Chat completions of OpenAI or a compatible server. One attempt, no retries; nothing of it is read from the
 * environment. An answer that is empty, refused or cut off is UPSTREAM_FAILED.
 */
export function createChat(options: ChatOptions): Chat {
  const { apiKey, baseUrl, model, timeoutMs, noun } = options;
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
    fetch: createGuardedFetch(http, timeoutMs),
  });
  return {
    complete: async ({ messages, maxTokens }, { signal } = {}) => {
      try {
        const completion = await client.chat.completions.create(
          { model, messages, max_completion_tokens: maxTokens },
          { signal },
        );
        return readText(completion, noun);
      } catch (error) {
        throw toFailure(error, { timeoutMs, signal, noun });
      }
    },
    [Symbol.asyncDispose]: async () => {
      if (!options.http) await http[Symbol.asyncDispose]();
    },
  };
}

/** The part of `fetch` that the client uses: one JSON request, one answer that is read whole. */
function createGuardedFetch(http: HttpClient, timeoutMs: number) {
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

/** A compatible server may answer anything, so the shape is not taken from the client's types. */
function readText(completion: unknown, noun: string): string {
  const choice: unknown = firstOf(memberOf(completion, 'choices'));
  const message = memberOf(choice, 'message');
  const content = memberOf(message, 'content');
  const refusal = memberOf(message, 'refusal');
  if (typeof refusal === 'string' && refusal !== '') throw unusable(noun, 'it refused');
  if (typeof content !== 'string') throw unusable(noun, 'it has no text');
  if (memberOf(choice, 'finish_reason') === 'length') throw unusable(noun, 'it was cut off');
  return content;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function firstOf(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : undefined;
}

/** What an LLM wrote cannot be used, and why. */
export function unusable(noun: string, reason: string): AppError {
  return new AppError('UPSTREAM_FAILED', `The LLM gave no usable ${noun}: ${reason}.`);
}

function toFailure(
  error: unknown,
  { timeoutMs, signal, noun }: { timeoutMs: number; signal: AbortSignal | undefined; noun: string },
): unknown {
  if (error instanceof APIUserAbortError && signal?.aborted) return signal.reason;
  const known = appErrorIn(error);
  if (error instanceof APIConnectionTimeoutError || known?.code === 'UPSTREAM_TIMEOUT') {
    const message = `The LLM did not answer within ${timeoutMs} ms.`;
    return new AppError('UPSTREAM_TIMEOUT', message, {}, { cause: error });
  }
  if (known) return new AppError('UPSTREAM_FAILED', known.message, {}, { cause: known });
  // The server's own words are left out: some repeat the API key.
  const status = error instanceof APIError ? error.status : undefined;
  if (status === undefined) return unusable(noun, 'its answer cannot be read');
  const message = `The LLM answered with status ${status}.`;
  return new AppError('UPSTREAM_FAILED', message, {}, { cause: error });
}

function appErrorIn(error: unknown): AppError | null {
  if (error instanceof AppError) return error;
  return error instanceof Error && error.cause ? appErrorIn(error.cause) : null;
}

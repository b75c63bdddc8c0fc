import { AppError } from '../../../errors.js';
import type { HttpClient } from '../../../upstream/http-client.js';
import { unwrapResult } from './callback-schema.js';

export type CallbackFetcher = {
  /** As `fetch`, for what Apollo's plugin asks of it. */
  fetch(url: string, init?: { body?: unknown; headers?: object }): Promise<Response>;
  /** Runs the first check of a subscription; gives why it failed, if it did. */
  whileChecking(url: string, check: () => Promise<void>): Promise<AppError | null>;
};

const timeoutMs = 10_000;

/** Sends the messages of the callback protocol through the egress guard; answers that redirect are failures. */
export function createCallbackFetcher({ http }: { http: HttpClient }): CallbackFetcher {
  const checking = new Map<string, AppError | null>();
  const note = (url: string, error: AppError) => {
    if (checking.has(url)) checking.set(url, error);
  };
  return {
    fetch: async (url, { body, headers } = {}) => {
      const text = unwrapResult(String(body));
      try {
        const { status } = await http.send({
          ...{ url, method: 'POST', body: text, timeoutMs, maxRedirects: 0 },
          headers: { ...headers } as Record<string, string>,
          maxBytes: 65_536,
          onLimit: 'truncate',
        });
        if (status >= 300) note(url, unconfirmed(status));
        return new Response(null, { status: statusFor(status, text) });
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        note(url, error);
        // Asking again would change nothing, and the plugin asks again after every other failure.
        if (error.code === 'FORBIDDEN' || error.code === 'INVALID_INPUT') {
          return new Response(null, { status: 403 });
        }
        throw error;
      }
    },
    whileChecking: async (url, check) => {
      checking.set(url, null);
      try {
        await check();
        return checking.get(url) ?? null;
      } finally {
        checking.delete(url);
      }
    },
  };
}

/** The plugin takes a 404 for the first check as a yes; 400 ends a subscription as well. */
function statusFor(status: number, body: string): number {
  const { action } = JSON.parse(body) as { action?: string };
  return status === 404 && action === 'check' ? 400 : status;
}

function unconfirmed(status: number): AppError {
  return new AppError(
    'UPSTREAM_FAILED',
    `The subscription was not confirmed at its callback URL, which answered with the status ${status}.`,
  );
}

import type { OpeningRequest, OutgoingRequest } from './http-client.js';

export type Limits = {
  maxBytes: number;
  onLimit: 'refuse' | 'truncate';
  maxStreamMs: number;
  maxRedirects: number;
  timeoutMs: number;
  headersTimeoutMs: number;
  bodyTimeoutMs: number;
};

/** The limits of a request: its own, or those of the client. */
export function toLimits(
  request: OutgoingRequest,
  defaults: { timeoutMs: number; maxBytes: number },
): Limits {
  const timeoutMs = request.timeoutMs ?? defaults.timeoutMs;
  return {
    maxBytes: request.maxBytes ?? defaults.maxBytes,
    onLimit: request.onLimit ?? 'refuse',
    maxStreamMs: request.maxStreamMs ?? timeoutMs,
    maxRedirects: request.maxRedirects ?? 5,
    timeoutMs,
    headersTimeoutMs: Math.min(request.headersTimeoutMs ?? timeoutMs, timeoutMs),
    bodyTimeoutMs: Math.min(request.bodyTimeoutMs ?? timeoutMs, timeoutMs),
  };
}

/** The limits of an answer that is read as it comes: only its beginning is timed. */
export function toOpeningLimits(
  { timeoutMs, maxBytes, maxRedirects }: OpeningRequest,
  defaults: { timeoutMs: number; maxBytes: number },
): Limits {
  const limits = toLimits({ url: '', maxBytes, maxRedirects, timeoutMs }, defaults);
  return { ...limits, headersTimeoutMs: timeoutMs ?? defaults.timeoutMs };
}

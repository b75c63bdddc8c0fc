const baseDelayMs = 200;
const maxBackoffMs = 5_000;

/** Statuses that say that the same request may succeed later (RFC 6585 section 4, RFC 9110 section 15.6). */
const retryableStatuses: ReadonlySet<number> = new Set([429, 502, 503, 504]);

export function isRetryableStatus(status: number): boolean {
  return retryableStatuses.has(status);
}

/**
 * Milliseconds that a Retry-After header asks for: seconds or an HTTP date (RFC 9110, section 10.2.3). Null where there is
 * none or it cannot be read; 0 for a date that has passed.
 */
export function parseRetryAfter(value: string | undefined, now: Date): number | null {
  const text = value?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - now.getTime());
}

/**
 * Milliseconds to wait before the attempt after `attempt` (1 for the first): what the upstream asks for, and a little more so that
 * callers do not come back together; else exponential backoff with full jitter. `random` is in [0, 1).
 */
export function retryDelayMs(
  attempt: number,
  retryAfterMs: number | null,
  random: () => number,
): number {
  if (retryAfterMs !== null) return retryAfterMs + random() * baseDelayMs;
  return random() * Math.min(baseDelayMs * 2 ** (attempt - 1), maxBackoffMs);
}

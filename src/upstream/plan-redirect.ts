import { AppError } from '../errors.js';

/** One hop of a request. Header names are lower-case. */
export type Hop = {
  url: URL;
  method: string;
  headers: Record<string, string>;
  body: string | Uint8Array | null;
};

const headersForAnotherOrigin = new Set(['accept', 'accept-encoding', 'user-agent']);

/**
 * The hop that a redirect leads to, by the rules of the Fetch standard ("HTTP-redirect fetch"), and stricter for
 * another origin: no header of the caller but Accept and User-Agent goes there, nor a body. `null` when the answer is no redirect.
 * Throws UPSTREAM_FAILED where the redirect cannot be followed.
 */
export function planRedirect(hop: Hop, status: number, location: string | undefined): Hop | null {
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return null;
  if (!URL.canParse(location, hop.url.href)) {
    throw new AppError(
      'UPSTREAM_FAILED',
      `"${hop.url.host}" redirects to something that is no URL.`,
    );
  }
  const url = new URL(location, hop.url);
  const isElsewhere = url.origin !== hop.url.origin;
  const next = becomesGet(hop.method, status)
    ? { ...hop, url, method: 'GET', body: null, headers: without(hop.headers, /^content-/) }
    : { ...hop, url };
  if (!isElsewhere) return next;
  if (next.body !== null) {
    throw new AppError(
      'UPSTREAM_FAILED',
      `"${hop.url.host}" redirects the request to "${url.host}", where its body may not go.`,
    );
  }
  const kept = Object.entries(next.headers).filter(([name]) => headersForAnotherOrigin.has(name));
  return { ...next, headers: Object.fromEntries(kept) };
}

function becomesGet(method: string, status: number): boolean {
  if (status === 303) return method !== 'GET' && method !== 'HEAD';
  return (status === 301 || status === 302) && method === 'POST';
}

function without(headers: Record<string, string>, pattern: RegExp): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !pattern.test(name)));
}

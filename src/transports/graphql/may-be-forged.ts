import type { IncomingHttpHeaders } from 'node:http';

const sitesOfOurs = ['same-origin', 'none'];

/**
 * Whether a GET may come from a page of somebody else's in the browser of a visitor (cross-site request forgery, and
 * cross-site search by timing). A browser says where a request comes from (Fetch Metadata, `Sec-Fetch-Site`), save to a
 * server without TLS; there it is known by its `User-Agent`, which no page can change without a preflight, as well as by
 * `Origin`, `Referer` and `Cookie`, which programs do not send.
 */
export function mayBeForged(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return !sitesOfOurs.includes(String(site));
  if (headers.origin ?? headers.referer ?? headers.cookie) return true;
  return /\b(?:mozilla|opera)\//i.test(headers['user-agent'] ?? '');
}

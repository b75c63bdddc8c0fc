import { AppError } from '../../errors.js';

/**
 * Checks a URL that secrets or authorization requests go to: https, or http where the bytes stay on this machine
 * (a loopback host), or go to `plainOrigin`, the origin of a server that is itself used without TLS
 * (MCP specification 2025-11-25, "Communication Security"). Throws FORBIDDEN with `what` in its sentence.
 */
export function requireSecureUrl(
  text: string,
  what: string,
  plainOrigin: string | null = null,
): string {
  const url = URL.parse(text);
  if (url?.username !== '' || url.password !== '') {
    throw new AppError('UPSTREAM_FAILED', `${what} is not an absolute URL without user info.`);
  }
  const isPlainAllowed =
    url.protocol === 'http:' && (isLoopback(url.hostname) || url.origin === plainOrigin);
  if (url.protocol === 'https:' || isPlainAllowed) return text;
  throw new AppError('FORBIDDEN', `${what} at "${url.host}" is not https.`, { host: url.host });
}

export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}

/**
 * Whether protected resource metadata speaks for a server: same origin, and its path is that of the server or one above
 * it (RFC 9728, section 3.3; RFC 8707, section 2).
 */
export function coversResource(resource: string, serverUrl: string): boolean {
  const claimed = URL.parse(resource);
  const server = new URL(serverUrl);
  if (!claimed || claimed.origin !== server.origin || claimed.hash !== '') return false;
  return `${withoutSlash(server.pathname)}/`.startsWith(`${withoutSlash(claimed.pathname)}/`);
}

/** The canonical URI of a server (MCP specification 2025-11-25, "Canonical Server URI"): no fragment, no lone slash. */
export function toResource(serverUrl: string): string {
  const url = new URL(serverUrl);
  url.hash = '';
  return url.pathname === '/' && url.search === '' ? url.origin : url.href;
}

/** Where a well-known document lies: between host and path (RFC 8414, section 3.1). */
export function toWellKnown(name: string, base: string): string {
  const { origin, pathname, search } = new URL(base);
  return `${origin}/.well-known/${name}${withoutSlash(pathname)}${search}`;
}

export function withoutSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

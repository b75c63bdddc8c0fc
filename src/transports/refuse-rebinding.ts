import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { AppError } from '../errors.js';

/** Where the server is and whether its callers bring tokens. */
export type OwnNames = {
  /** Null: headers are trusted. */
  auth: object | null;
  /** The address that the server listens on. */
  host: string;
  /** What callers reach the server by; null: as their requests say. */
  publicUrl: string | null;
};

/**
 * Where headers are trusted, a page of anybody's could speak for any tenant once its name is made to resolve to this
 * server (DNS rebinding). Its requests tell that name: as `Host`, and in a browser as `Origin`. A server that only this
 * machine can reach is asked for by a loopback name, an address or what it is configured to be called; one that others
 * reach may have any name, but not for a browser. Throws FORBIDDEN.
 * Source: Model Context Protocol 2025-11-25, "Transports", security warning.
 */
export function refuseRebinding(
  { host, origin, ...headers }: IncomingHttpHeaders,
  { auth, host: address, publicUrl }: OwnNames,
): void {
  if (auth) return;
  const names = [address, ...(publicUrl === null ? [] : [new URL(publicUrl).hostname])];
  const isByBrowser = origin !== undefined || headers['sec-fetch-site'] !== undefined;
  if ((isByBrowser || isLoopback(address)) && !isSafe(hostOf(`http://${host}`), names)) {
    throw refusal(`The Host "${host}" is not a name of this server.`);
  }
  if (origin === undefined) return;
  const site = hostOf(origin);
  const isOwn = URL.canParse(origin) && new URL(origin).host === host;
  if (!isOwn && !(site !== null && (isLoopback(site) || names.includes(site)))) {
    throw refusal(`Pages of "${origin}" may not connect.`);
  }
}

function refusal(sentence: string): AppError {
  const hint =
    'Set MCP_PUBLIC_URL to what callers reach this server by, or AUTH_* to ask for tokens.';
  return new AppError('FORBIDDEN', `${sentence} ${hint}`);
}

function hostOf(url: string): string | null {
  return URL.canParse(url) ? new URL(url).hostname : null;
}

/** Rebinding needs a name: an address is what it is. */
function isSafe(name: string | null, names: readonly string[]): boolean {
  if (name === null) return false;
  return isLoopback(name) || names.includes(name) || isIP(withoutBrackets(name)) !== 0;
}

function isLoopback(name: string): boolean {
  return /^(?:(?:.+\.)?localhost\.?|127(?:\.\d+){3}|::1)$/.test(withoutBrackets(name));
}

function withoutBrackets(name: string): string {
  return name.replace(/^\[(.*)\]$/, '$1');
}

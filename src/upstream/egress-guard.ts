import { lookup } from 'node:dns/promises';
import { AppError } from '../errors.js';
import { RecentMap } from '../lib/recent-map.js';
import { blockedPorts } from './blocked-ports.js';
import { internalKind, parseAddress } from './egress-ranges.js';
import {
  type EgressRule,
  matchesEgressRule,
  parseEgressRule,
  toPlainHost,
} from './egress-rules.js';

export type ResolvedAddress = { address: string; family: number };

/** Every address of a host name; rejects when it has none. */
export type Resolve = (host: string) => Promise<ResolvedAddress[]>;

export interface EgressGuard {
  /** Checks scheme, user info, port and a literal address. Throws INVALID_INPUT or FORBIDDEN. */
  checkUrl(url: string): URL;
  /**
   * The addresses that a connection may use, all of them checked at this moment: whoever connects uses these and does
   * not resolve again. Throws FORBIDDEN when any address of the host is refused, UPSTREAM_FAILED when it has none (with
   * `details.isConnectionLost` where asking again may do better).
   */
  resolve(hostname: string, port: number): Promise<ResolvedAddress[]>;
}

/** `allow` takes the entries of `EGRESS_ALLOW`; throws INVALID_INPUT naming one that cannot be read. */
export function createEgressGuard({
  allow,
  resolve = (host) => lookup(host, { all: true }),
}: {
  allow: readonly string[];
  resolve?: Resolve;
}): EgressGuard {
  const rules = allow.map(toRule);
  /** Hosts with their ports that the rules, which stay as they are, let pass by what they are called. */
  const passed = new RecentMap<string, true>(maxPassed);

  function checkHost(host: string, port: number): void {
    if (blockedPorts.has(port) && !rules.some((rule) => namesPort(rule, host, port))) {
      throw refusal(host, `port ${port} belongs to another protocol`);
    }
    if (parseAddress(host)) checkAddress(rules, host, host, port);
    else checkName(rules, host, port);
  }

  return {
    checkUrl: (text) => {
      const url = parseUrl(text);
      const port = portOf(url);
      const name = `${url.hostname} ${port}`;
      if (passed.get(name)) return url;
      checkHost(toPlainHost(url.hostname), port);
      passed.set(name, true);
      return url;
    },
    resolve: async (hostname, port) => {
      const host = toPlainHost(hostname);
      if (parseAddress(host)) {
        checkAddress(rules, host, host, port);
        return [{ address: host, family: host.includes(':') ? 6 : 4 }];
      }
      checkName(rules, host, port);
      const addresses = await resolveName(resolve, host);
      for (const { address } of addresses) checkAddress(rules, host, address, port);
      return addresses;
    },
  };
}

const maxPassed = 1000;

function toRule(entry: string): EgressRule {
  const rule = parseEgressRule(entry);
  if (rule) return rule;
  throw new AppError(
    'INVALID_INPUT',
    `"${entry}" is not an egress rule: a host, host:port, an address or a CIDR was expected.`,
  );
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (!url) {
    throw new AppError(
      'INVALID_INPUT',
      'The URL is not an absolute URL such as https://host/path.',
    );
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    const scheme = url.protocol.slice(0, -1);
    throw new AppError('FORBIDDEN', `Only http and https URLs may be requested, not "${scheme}".`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new AppError(
      'FORBIDDEN',
      `The URL of "${url.hostname}" holds a user name or a password: send credentials in a header.`,
    );
  }
  if (url.hostname.endsWith('.')) url.hostname = url.hostname.replace(/\.+$/, '');
  if (url.href.includes('#')) url.hash = '';
  return url;
}

export function portOf({ port, protocol }: { port: string; protocol: string }): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}

/** Only an entry that writes the port out opens a blocked one. */
function namesPort(rule: EgressRule, host: string, port: number): boolean {
  if (rule.port !== port) return false;
  const address = parseAddress(host);
  if (address) return matchesEgressRule(rule, { host, address, port });
  return rule.kind === 'host' && rule.host === host;
}

/** RFC 6761, section 6.3: `localhost` and every name under it is this machine, whatever a resolver says. */
function checkName(rules: EgressRule[], host: string, port: number): void {
  if (!/(^|\.)localhost$/.test(host)) return;
  const loopback = ['127.0.0.1', '::1'].flatMap((text) => parseAddress(text) ?? []);
  const isAllowed = loopback.some((address) =>
    rules.some((rule) => matchesEgressRule(rule, { host, address, port })),
  );
  if (!isAllowed) throw refusal(host, 'it is this machine');
}

function checkAddress(rules: EgressRule[], host: string, text: string, port: number): void {
  const address = parseAddress(text);
  if (address && rules.some((rule) => matchesEgressRule(rule, { host, address, port }))) return;
  const kind = address ? internalKind(address) : 'an address of unknown kind';
  if (kind !== null)
    throw refusal(host, host === text ? `it is ${kind}` : `it resolves to ${kind}`);
}

async function resolveName(resolve: Resolve, host: string): Promise<ResolvedAddress[]> {
  const addresses = await resolve(host).catch((cause: unknown) => {
    throw isTemporary(cause)
      ? new AppError(
          'UPSTREAM_FAILED',
          `The host "${host}" cannot be looked up at the moment.`,
          { host, isConnectionLost: true },
          { cause },
        )
      : new AppError('UPSTREAM_FAILED', `The host "${host}" cannot be found.`, { host }, { cause });
  });
  if (addresses.length > 0) return addresses;
  throw new AppError('UPSTREAM_FAILED', `The host "${host}" has no address.`, { host });
}

/** The resolver got no answer, which says nothing of the name. (A name that does not exist is ENOTFOUND.) */
function isTemporary(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^(EAI_AGAIN|ESERVFAIL|ETIMEOUT|ECONNREFUSED|EMFILE|ENFILE)$/.test(code);
}

function refusal(host: string, reason: string): AppError {
  return new AppError(
    'FORBIDDEN',
    `Requests to "${host}" are not allowed: ${reason}. An operator can allow it in EGRESS_ALLOW.`,
    { host },
  );
}

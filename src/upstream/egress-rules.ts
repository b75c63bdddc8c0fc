import ipaddr from 'ipaddr.js';
import { type Address, isIn } from './egress-ranges.js';

/** One entry of `EGRESS_ALLOW`. A `port` of null stands for every port. */
export type EgressRule =
  | { kind: 'host'; host: string; port: number | null }
  | { kind: 'range'; network: Address; prefix: number; port: number | null };

/** Where a connection goes: the name as in a URL without brackets, one address that it has, and the port. */
export type EgressTarget = { host: string; address: Address; port: number };

/**
 * Reads `host`, `host:port`, an address (IPv6 in brackets where a port follows) or a CIDR. Null when it is none of these.
 * Hosts and addresses are normalised as in a URL, so `0x7f.1` means 127.0.0.1.
 */
export function parseEgressRule(entry: string): EgressRule | null {
  if (entry.includes('%')) return null;
  if (ipaddr.isValidCIDR(entry)) {
    const [network, prefix] = ipaddr.parseCIDR(entry);
    return { kind: 'range', network, prefix, port: null };
  }
  if (ipaddr.IPv6.isValid(entry)) return addressRule(entry, null);
  const [, host, port] = /^(\[[^\]]+\]|[^\s:/?#@[\]\\]+)(?::(\d{1,5}))?$/.exec(entry) ?? [];
  if (host === undefined || Number(port ?? 1) < 1 || Number(port ?? 1) > 65_535) return null;
  if (!URL.canParse(`http://${host}/`)) return null;
  const plain = toPlainHost(new URL(`http://${host}/`).hostname);
  const rulePort = port === undefined ? null : Number(port);
  if (ipaddr.isValid(plain)) return addressRule(plain, rulePort);
  return /^[a-z0-9._-]+$/.test(plain) ? { kind: 'host', host: plain, port: rulePort } : null;
}

/** The entry that lets through the origin of a URL that the operator configured, and nothing else. */
export function toEgressRule(url: string): string {
  const { protocol, hostname, port } = new URL(url);
  return `${hostname.replace(/\.+$/, '')}:${port || (protocol === 'https:' ? 443 : 80)}`;
}

/** `[::1]` → `::1`, `example.com.` → `example.com`. */
export function toPlainHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '');
}

export function matchesEgressRule(
  rule: EgressRule,
  { host, address, port }: EgressTarget,
): boolean {
  if (rule.port !== null && rule.port !== port) return false;
  if (rule.kind === 'host') return rule.host === host;
  // An IPv4-mapped address reaches what the plain one reaches.
  const plain = ipaddr.process(address.toString());
  return isIn(plain, [rule.network, rule.prefix]) || isIn(address, [rule.network, rule.prefix]);
}

function addressRule(text: string, port: number | null): EgressRule {
  const network = ipaddr.process(text);
  return { kind: 'range', network, prefix: network.kind() === 'ipv4' ? 32 : 128, port };
}

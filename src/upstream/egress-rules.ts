import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** One entry of `EGRESS_ALLOW`. A `port` of null stands for every port. */
export type EgressRule =
  | { kind: 'host'; host: string; port: number | null }
  | { kind: 'range'; network: Address; prefix: number; port: number | null };

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
  const normal = normalizeHost(host);
  if (normal === null) return null;
  const rulePort = port === undefined ? null : Number(port);
  if (ipaddr.isValid(normal)) return addressRule(normal, rulePort);
  return /^[a-z0-9._-]+$/.test(normal) ? { kind: 'host', host: normal, port: rulePort } : null;
}

/** The host as a URL has it, without brackets and without a trailing dot. Null when no URL can have it. */
export function normalizeHost(host: string): string | null {
  if (!URL.canParse(`http://${host}/`)) return null;
  return toPlainHost(new URL(`http://${host}/`).hostname);
}

/** `[::1]` → `::1`, `example.com.` → `example.com`. */
export function toPlainHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

/** Whether a rule lets through a connection to this host name, at this address and port. */
export function matchesEgressRule(
  rule: EgressRule,
  target: { host: string; address: Address; port: number },
): boolean {
  if (rule.port !== null && rule.port !== target.port) return false;
  if (rule.kind === 'host') return rule.host === target.host;
  return (
    rule.network.kind() === target.address.kind() &&
    // Both sides have the kind that the line above compared.
    (target.address as ipaddr.IPv4).match(rule.network as ipaddr.IPv4, rule.prefix)
  );
}

function addressRule(text: string, port: number | null): EgressRule {
  const network = ipaddr.process(text);
  return { kind: 'range', network, prefix: network.kind() === 'ipv4' ? 32 : 128, port };
}

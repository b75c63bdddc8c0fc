import ipaddr from 'ipaddr.js';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Blocks that no request may reach by default, by what they are (IANA special-purpose registries, RFC 6890). */
const refusedBlocks: Record<string, string[]> = {
  'a cloud metadata address': [
    '169.254.169.254/32',
    '169.254.170.2/32',
    '168.63.129.16/32',
    '100.100.100.200/32',
    'fd00:ec2::254/128',
    'fd20:ce::254/128',
  ],
  'an unspecified address': ['0.0.0.0/8', '::/128'],
  'a loopback address': ['127.0.0.0/8', '::1/128'],
  'a private address': ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', 'fec0::/10'],
  'a link-local address': ['169.254.0.0/16', 'fe80::/10'],
  'a carrier-grade NAT address': ['100.64.0.0/10'],
  'a multicast address': ['224.0.0.0/4', 'ff00::/8'],
  'a benchmarking address': ['198.18.0.0/15', '2001:2::/48'],
  'a documentation address': [
    '192.0.2.0/24',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '2001:db8::/32',
    '3fff::/20',
  ],
  'an address that embeds an IPv4 address': [
    '::ffff:0:0/96',
    '::ffff:0:0:0/96',
    '::/96',
    '64:ff9b:1::/48',
    '2001::/32',
    '2002::/16',
    '192.88.99.0/24',
  ],
  'a reserved address': [
    '192.0.0.0/24',
    '192.31.196.0/24',
    '192.52.193.0/24',
    '192.175.48.0/24',
    '240.0.0.0/4',
    '2001::/23',
    '2620:4f:8000::/48',
  ],
};

const refused = Object.entries(refusedBlocks).flatMap(([what, blocks]) =>
  blocks.map((block) => ({ what, block: ipaddr.parseCIDR(block) })),
);

const globalUnicast = ipaddr.parseCIDR('2000::/3');
const nat64 = ipaddr.parseCIDR('64:ff9b::/96');

/** What makes an address internal (`a private address`); null for one that is globally reachable. */
export function internalKind(address: Address): string | null {
  // A NAT64 gateway (RFC 6052) connects to the IPv4 address in the last four bytes.
  if (isIn(address, nat64)) {
    return internalKind(new ipaddr.IPv4(address.toByteArray().slice(-4)));
  }
  const match = refused.find(({ block }) => isIn(address, block));
  if (match) return match.what;
  const isReserved = address.kind() === 'ipv6' && !isIn(address, globalUnicast);
  return isReserved ? 'a reserved address' : null;
}

/** Whether an address lies in a block of the same family. */
export function isIn(address: Address, [network, prefix]: [Address, number]): boolean {
  if (address instanceof ipaddr.IPv4) {
    return network instanceof ipaddr.IPv4 && address.match(network, prefix);
  }
  return network instanceof ipaddr.IPv6 && address.match(network, prefix);
}

/** An address as the system resolver gives it; a zone id is left out. */
export function parseAddress(text: string): Address | null {
  const plain = text.replace(/%.*$/, '');
  return ipaddr.isValid(plain) ? ipaddr.parse(plain) : null;
}

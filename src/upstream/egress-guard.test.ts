import { describe, expect, it } from 'vitest';
import { createEgressGuard, type ResolvedAddress } from './egress-guard.js';
import { parseEgressRule, toEgressRule } from './egress-rules.js';

const strict = createEgressGuard({ allow: [], resolve: async () => [v4('93.184.215.14')] });

function v4(address: string): ResolvedAddress {
  return { address, family: 4 };
}

function v6(address: string): ResolvedAddress {
  return { address, family: 6 };
}

function guardOf(allow: string[], ...addresses: ResolvedAddress[]) {
  return createEgressGuard({ allow, resolve: async () => addresses });
}

describe('checkUrl', () => {
  it('lets pass by host and port, also after it has let another pass', () => {
    const guard = guardOf(['127.0.0.1:8080', '[::1]:25']);
    for (const path of ['a', 'b']) {
      expect(guard.checkUrl(`http://127.0.0.1:8080/${path}`).pathname).toBe(`/${path}`);
      expect(guard.checkUrl('http://[::1]:25/').port).toBe('25');
      for (const url of ['http://127.0.0.1:8081/', 'http://127.0.0.1/', 'http://[::1]:26/']) {
        expect(() => guard.checkUrl(url)).toThrow('loopback');
      }
      expect(() => guard.checkUrl('ftp://127.0.0.1:8080/')).toThrow('http');
      expect(() => guard.checkUrl('http://u:p@127.0.0.1:8080/')).toThrow('user name');
    }
  });

  it.each([
    // Loopback in every spelling that a URL has for it.
    'http://127.0.0.1/',
    'http://127.1/',
    'http://127.8.9.10/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0x7f.0.0.1/',
    'http://0177.0.0.1/',
    'http://017700000001/',
    'http://127.0.0.1./',
    'http://①②⑦.0.0.1/',
    'http://127。0。0。1/',
    'http://%31%32%37.0.0.1/',
    'http://localhost/',
    'http://LOCALHOST/',
    'http://localhost./',
    'http://api.localhost/',
    'http://a.b.localhost./',
    'http://[::1]/',
    'http://[0:0:0:0:0:0:0:1]/',
    // Unspecified.
    'http://0/',
    'http://0.0.0.0/',
    'http://0.1.2.3/',
    'http://[::]/',
    // Private, link-local, shared, metadata.
    'http://10.0.0.1/',
    'http://10.255.255.255/',
    'http://172.16.0.1/',
    'http://172.31.255.255/',
    'http://192.168.1.1/',
    'http://169.254.1.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://2852039166/',
    'http://169.254.170.2/',
    'http://100.64.0.1/',
    'http://100.127.255.255/',
    'http://100.100.100.200/',
    'http://168.63.129.16/',
    'http://[fc00::1]/',
    'http://[fd00:ec2::254]/',
    'http://[fe80::1]/',
    'http://[fec0::1]/',
    // IPv4 inside IPv6.
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://[::ffff:0:127.0.0.1]/',
    'http://[::127.0.0.1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[64:ff9b::10.0.0.1]/',
    'http://[64:ff9b:1::1]/',
    'http://[2002:7f00:1::]/',
    'http://[2002:a00:1::1]/',
    'http://[2001:0:1::1]/',
    // Not for the public internet.
    'http://192.0.0.1/',
    'http://192.0.2.1/',
    'http://198.18.0.1/',
    'http://198.19.255.255/',
    'http://198.51.100.1/',
    'http://203.0.113.1/',
    'http://224.0.0.1/',
    'http://240.0.0.1/',
    'http://255.255.255.255/',
    'http://[ff02::1]/',
    'http://[2001:db8::1]/',
    'http://[3fff::1]/',
    'http://[100::1]/',
    'http://[5f00::1]/',
    // Schemes, ports, user info.
    'ftp://example.com/',
    'file:///etc/passwd',
    'gopher://example.com/',
    'data:text/plain,x',
    'javascript:alert(1)',
    'ws://example.com/',
    'http://example.com:22/',
    'https://example.com:6667/',
    'http://example.com:0/',
    'http://user@example.com/',
    'http://:password@example.com/',
    'http://example.com@127.0.0.1/',
    'http://127.0.0.1\\@example.com/',
  ])('refuses %s', (url) => {
    expect(() => strict.checkUrl(url)).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }));
  });

  it.each([
    '',
    'example.com',
    '/path',
    'http://',
    'http://[fe80::1%25eth0]/',
    'http://a b/',
    'http://1.2.3.4.5/',
  ])('refuses "%s" as no absolute URL', (url) => {
    expect(() => strict.checkUrl(url)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
  });

  it.each([
    ['https://example.com/a?b#c', 'https://example.com/a?b'],
    ['http://EXAMPLE.com.:8080/', 'http://example.com:8080/'],
    ['http://8.8.8.8/', 'http://8.8.8.8/'],
    ['http://[2606:4700::1111]/', 'http://[2606:4700::1111]/'],
    ['http://[64:ff9b::8.8.8.8]/', 'http://[64:ff9b::808:808]/'],
    ['http://172.32.0.1/', 'http://172.32.0.1/'],
    ['http://notlocalhost/', 'http://notlocalhost/'],
  ])('lets %s through as %s', (url, normal) => {
    expect(strict.checkUrl(url).href).toBe(normal);
  });

  it('says which host, why, and what can allow it, and repeats no password', () => {
    expect(() => strict.checkUrl('http://10.1.2.3/')).toThrow(
      'Requests to "10.1.2.3" are not allowed: it is a private address. An operator can allow it in EGRESS_ALLOW.',
    );
    expect(() => strict.checkUrl('http://bob:hunter2@example.com/')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    );
  });
});

describe('resolve', () => {
  it.each([
    [[v4('127.0.0.1')]],
    [[v6('::1')]],
    [[v6('fe80::1%eth0')]],
    [[v6('::ffff:10.0.0.1')]],
    [[v4('93.184.215.14'), v4('10.0.0.1')]],
    [[v4('93.184.215.14'), v6('fd00::1')]],
    [[v4('nonsense')]],
  ])('refuses a name when any of its addresses is refused: %j', async (addresses) => {
    const guard = guardOf([], ...addresses);
    await expect(guard.resolve('api.example', 443)).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringMatching(
        /^Requests to "api\.example" are not allowed: it resolves to an? /,
      ),
    });
  });

  it('does not tell the internal address of a name', async () => {
    const guard = guardOf([], v4('10.20.30.40'));
    await expect(guard.resolve('api.example', 443)).rejects.toMatchObject({
      message: expect.not.stringContaining('10.20.30.40'),
    });
  });

  it('refuses localhost whatever the resolver says', async () => {
    const guard = guardOf([], v4('93.184.215.14'));
    await expect(guard.resolve('x.localhost.', 80)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('answers with all public addresses', async () => {
    const addresses = [v4('93.184.215.14'), v6('2606:4700::1')];
    expect(await guardOf([], ...addresses).resolve('api.example', 443)).toEqual(addresses);
  });

  it('tells a name without address from a refused one', async () => {
    await expect(guardOf([]).resolve('api.example', 443)).rejects.toMatchObject({
      code: 'UPSTREAM_FAILED',
    });
  });
});

describe('EGRESS_ALLOW', () => {
  it.each([
    ['api.internal', 'api.internal', '10.0.0.1', 443, true],
    ['API.internal.', 'api.internal', '10.0.0.1', 443, true],
    ['api.internal', 'sub.api.internal', '10.0.0.1', 443, false],
    ['api.internal:8080', 'api.internal', '10.0.0.1', 8080, true],
    ['api.internal:8080', 'api.internal', '10.0.0.1', 443, false],
    ['10.0.0.1', 'api.internal', '10.0.0.1', 443, true],
    ['10.0.0.1', 'api.internal', '10.0.0.2', 443, false],
    ['10.0.0.1:80', 'api.internal', '10.0.0.1', 443, false],
    ['10.0.0.0/8', 'api.internal', '10.9.8.7', 443, true],
    ['10.0.0.0/8', 'api.internal', '11.0.0.1', 443, true],
    ['10.0.0.0/8', 'api.internal', '192.168.0.1', 443, false],
    ['10.0.0.0/8', 'api.internal', '::ffff:10.0.0.1', 443, true],
    ['fd00::/8', 'api.internal', 'fd12::1', 443, true],
    ['[fd12::1]:443', 'api.internal', 'fd12::1', 443, true],
    ['::1', 'localhost', '::1', 80, true],
    ['localhost', 'localhost', '127.0.0.1', 80, true],
    ['localhost:3000', 'localhost', '127.0.0.1', 80, false],
    ['127.0.0.1', 'localhost', '127.0.0.1', 80, true],
  ])('%s with %s at %s, port %i: %s', async (rule, host, address, port, isAllowed) => {
    const guard = guardOf([rule], address.includes(':') ? v6(address) : v4(address));
    const outcome = await guard.resolve(host, port).then(
      () => true,
      () => false,
    );
    expect(outcome).toBe(isAllowed);
  });

  it('opens a blocked port only where an entry writes it out', () => {
    expect(() => guardOf(['10.0.0.1']).checkUrl('http://10.0.0.1:25/')).toThrow(/port 25/);
    expect(guardOf(['10.0.0.1:25']).checkUrl('http://10.0.0.1:25/').port).toBe('25');
  });

  it.each([
    '',
    '*',
    '*.example.com',
    'http://x',
    'a/b',
    'a b',
    'x:0',
    'x:65536',
    '10.0.0.0/33',
    'fe80::1%eth0',
    'u@h',
  ])('has no entry of the form "%s"', (entry) => {
    expect(parseEgressRule(entry)).toBeNull();
    expect(() => guardOf([entry])).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
  });

  it.each([
    ['https://idp.example/jwks', 'idp.example:443'],
    ['http://localhost:4000/v1', 'localhost:4000'],
    ['http://[::1]:9/x', '[::1]:9'],
  ])('gets the origin of %s as %s', (url, rule) => {
    expect(toEgressRule(url)).toBe(rule);
    expect(parseEgressRule(rule)).not.toBeNull();
  });
});

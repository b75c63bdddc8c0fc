import { createPrivateKey } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  exportJWK,
  exportPKCS8,
  exportSPKI,
  generateKeyPair,
  type JWTPayload,
  SignJWT,
  UnsecuredJWT,
} from 'jose';
import { describe, expect, it } from 'vitest';
import type { RequestHeaders } from '../../src/access/authenticator.js';
import { createAuthenticator } from '../../src/access/create-authenticator.js';
import { loadConfig } from '../../src/config.js';
import { createHttpClient } from '../../src/upstream/create-http-client.js';

const secret = 'a shared secret of at least 32 bytes!';
const rsa = await generateKeyPair('RS256', { extractable: true });
const otherRsa = await generateKeyPair('RS256', { extractable: true });
const ec = await generateKeyPair('ES256', { extractable: true });
const rsaPem = await exportSPKI(rsa.publicKey);
const rsaJwk = { ...(await exportJWK(rsa.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' };
const now = Math.floor(Date.now() / 1000);

function anAuthenticator(env: Record<string, string> = {}) {
  return createAuthenticator(loadConfig(env));
}

function aToken(claims: JWTPayload = {}) {
  return new SignJWT({ tenant_id: 'acme', exp: now + 600, ...claims });
}

function signed(claims: JWTPayload = {}, alg = 'HS256'): Promise<string> {
  return aToken(claims).setProtectedHeader({ alg }).sign(new TextEncoder().encode(secret));
}

function bearer(token: string, headers: RequestHeaders = {}): RequestHeaders {
  return { authorization: `Bearer ${token}`, ...headers };
}

async function aKeyServer(keys: () => object | null) {
  let requests = 0;
  const server = createServer((_, response) => {
    requests += 1;
    const set = keys();
    response.writeHead(set ? 200 : 500, { 'content-type': 'application/json' });
    response.end(JSON.stringify(set ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
    get requests() {
      return requests;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('trusted headers', () => {
  it.each<[RequestHeaders, string, string | null]>([
    [{ 'x-tenantid': 'acme', 'x-appid': 'crm' }, 'acme', 'crm'],
    [{ 'X-TenantId': ' acme ', 'X-APPID': 'crm' }, 'acme', 'crm'],
    [{ 'x-tenantId': 'acme' }, 'acme', null],
    [{ 'x-tenantid': 'acme, acme' }, 'acme', null],
    [{ 'x-tenantid': ['acme', 'acme'] }, 'acme', null],
    [{ 'x-tenantid': 'Zürich 北京' }, 'Zürich 北京', null],
    [{ 'x-tenantid': 'a'.repeat(200) }, 'a'.repeat(200), null],
  ])('%j names tenant and app', async (headers, tenant, app) => {
    await using authenticator = anAuthenticator();
    expect(await authenticator.authenticate(headers)).toEqual({
      tenant,
      app,
      subject: null,
      scopes: new Set(['catalog:read', 'catalog:write', 'tools:call']),
      expiresAt: null,
    });
  });

  it.each<[RequestHeaders, RegExp]>([
    [{}, /names no tenant: send the header x-tenantId/],
    [{ 'x-appid': 'crm' }, /x-tenantId/],
    [{ 'x-tenantid': '' }, /x-tenantId must not be empty/],
    [{ 'x-tenantid': '  ' }, /x-tenantId must not be empty/],
    [{ 'x-tenantid': 'acme, globex' }, /x-tenantId must name one value, but names several/],
    [{ 'x-tenantid': ['acme', 'globex'] }, /x-tenantId must name one value/],
    [{ 'x-tenantid': 'acme', 'X-TenantId': 'globex' }, /x-tenantId must name one value/],
    [{ 'x-tenantid': 'a\u0000b' }, /x-tenantId must not contain control/],
    [{ 'x-tenantid': 'a\u202eb' }, /x-tenantId must not contain control/],
    [{ 'x-tenantid': 'a'.repeat(201) }, /at most 200 characters, but has 201/],
    [{ 'x-tenantid': 'acme', 'x-appid': 'a,b' }, /x-appId must name one value/],
    [{ 'x-tenantid': 'acme', 'x-appid': '' }, /x-appId must not be empty/],
  ])('%j are refused in a sentence', async (headers, sentence) => {
    await using authenticator = anAuthenticator();
    await expect(authenticator.authenticate(headers)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(sentence),
    });
  });

  it('fall back to DEFAULT_TENANT only where no tenant is named', async () => {
    await using authenticator = anAuthenticator({ DEFAULT_TENANT: 'house' });
    expect((await authenticator.authenticate({})).tenant).toBe('house');
    expect((await authenticator.authenticate({ 'x-tenantid': 'acme' })).tenant).toBe('acme');
    await expect(authenticator.authenticate({ 'x-tenantid': '' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
  });
});

describe('a bearer token', () => {
  const env = { AUTH_JWT_SECRET: secret };

  it('decides tenant, app, subject, scopes and when they end', async () => {
    await using authenticator = anAuthenticator(env);
    const token = await signed({ app_id: 'crm', sub: 'u1', scope: 'catalog:read other' });
    expect(await authenticator.authenticate(bearer(token))).toEqual({
      tenant: 'acme',
      app: 'crm',
      subject: 'u1',
      scopes: new Set(['catalog:read', 'other']),
      expiresAt: new Date((now + 600) * 1000),
    });
  });

  it.each<[JWTPayload, string[]]>([
    [{}, ['catalog:read', 'catalog:write', 'tools:call']],
    [{ scope: '' }, []],
    [{ scope: 'openid' }, ['openid']],
    [{ scp: 'catalog:read' }, ['catalog:read']],
    [{ scp: ['catalog:read', 'x'] }, ['catalog:read', 'x']],
    [{ scope: 7 }, []],
  ])('with the claims %j grants %j', async (claims, scopes) => {
    await using authenticator = anAuthenticator(env);
    const actor = await authenticator.authenticate(bearer(await signed(claims)));
    expect([...actor.scopes]).toEqual(scopes);
  });

  it('without scopes grants AUTH_DEFAULT_SCOPES', async () => {
    await using authenticator = anAuthenticator({ ...env, AUTH_DEFAULT_SCOPES: 'catalog:read' });
    const actor = await authenticator.authenticate(bearer(await signed()));
    expect([...actor.scopes]).toEqual(['catalog:read']);
  });

  it.each<[RequestHeaders, string | null]>([
    [{ 'x-tenantid': 'acme' }, null],
    [{ 'x-appid': 'crm' }, 'crm'],
  ])('allows the headers %j that agree with it', async (headers, app) => {
    await using authenticator = anAuthenticator(env);
    const actor = await authenticator.authenticate(bearer(await signed(), headers));
    expect(actor).toMatchObject({ tenant: 'acme', app });
  });

  it.each<[RequestHeaders, string]>([
    [{ 'x-tenantid': 'globex' }, 'x-tenantId'],
    [{ 'X-TenantId': 'ACME' }, 'x-tenantId'],
    [{ 'x-appid': 'other' }, 'x-appId'],
  ])('refuses the headers %j that contradict it', async (headers, name) => {
    await using authenticator = anAuthenticator(env);
    const token = await signed({ app_id: 'crm' });
    await expect(authenticator.authenticate(bearer(token, headers))).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: `The header ${name} does not agree with the token.`,
    });
  });

  it.each<[string, RequestHeaders]>([
    ['no header', {}],
    ['trusted headers only', { 'x-tenantid': 'acme' }],
    ['another scheme', { authorization: 'Basic YTpi' }],
    ['no token', { authorization: 'Bearer ' }],
    ['two tokens', { authorization: ['Bearer a.b.c', 'Bearer a.b.c'] }],
    ['two schemes in one', { authorization: 'Bearer a.b.c, Bearer d.e.f' }],
  ])('is required: %s', async (_, headers) => {
    await using authenticator = anAuthenticator(env);
    await expect(authenticator.authenticate(headers)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.stringContaining('A bearer token is required'),
    });
  });

  it.each<[string, () => Promise<string> | string, RegExp]>([
    ['expired', () => signed({ exp: now - 31 }), /has expired/],
    ['never ending', () => signed({ exp: undefined }), /no "exp" claim/],
    ['not valid yet', () => signed({ nbf: now + 120 }), /"nbf" claim .* not accepted/],
    ['without a tenant', () => signed({ tenant_id: undefined }), /no "tenant_id" claim/],
    ['with a number for a tenant', () => signed({ tenant_id: 7 }), /"tenant_id" claim .* string/],
    ['with an empty tenant', () => signed({ tenant_id: '' }), /"tenant_id" claim .* empty/],
    ['with two tenants', () => signed({ tenant_id: 'a,b' }), /"tenant_id" claim .* comma/],
    ['no JWT', () => 'abc', /not a valid JWT/],
    ['three dots of nothing', () => 'a.b.c', /not a valid JWT/],
    [
      'unsigned',
      () => new UnsecuredJWT({ tenant_id: 'acme', exp: now + 600 }).encode(),
      /algorithm that is not accepted/,
    ],
    [
      'of a foreign signature',
      () =>
        aToken({})
          .setProtectedHeader({ alg: 'HS256' })
          .sign(new TextEncoder().encode('x'.repeat(32))),
      /signature of the token does not verify/,
    ],
    [
      'of an algorithm of the same family that is not listed',
      () => aToken().setProtectedHeader({ alg: 'HS384' }).sign(new TextEncoder().encode(secret)),
      /algorithm that is not accepted/,
    ],
    [
      'with an unknown critical header',
      async () =>
        `${Buffer.from('{"alg":"HS256","crit":["x"],"x":1}').toString('base64url')}.e30.AA`,
      /not a valid JWT/,
    ],
  ])('is refused when %s, without being repeated', async (_, makeToken, sentence) => {
    await using authenticator = anAuthenticator(env);
    const token = await makeToken();
    const refusal = await authenticator.authenticate(bearer(token)).catch((error) => error);
    expect(refusal).toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.stringMatching(sentence),
    });
    expect(refusal.message).not.toContain(token);
  });

  it.each<[string, JWTPayload, RegExp]>([
    ['of another issuer', { iss: 'evil', aud: 'tools' }, /"iss" claim .* not accepted/],
    ['of no issuer', { aud: 'tools' }, /no "iss" claim/],
    ['for another audience', { iss: 'idp', aud: 'mail' }, /"aud" claim .* not accepted/],
    ['for no audience', { iss: 'idp' }, /no "aud" claim/],
  ])('%s is refused where these are set', async (_, claims, sentence) => {
    const rules = { AUTH_ISSUER: 'idp', AUTH_AUDIENCE: 'tools,catalog' };
    await using authenticator = anAuthenticator({ ...env, ...rules });
    await expect(authenticator.authenticate(bearer(await signed(claims)))).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.stringMatching(sentence),
    });
    const good = await signed({ iss: 'idp', aud: ['mail', 'catalog'] });
    expect((await authenticator.authenticate(bearer(good))).tenant).toBe('acme');
  });

  it('may have a clock that is 30 seconds off', async () => {
    await using authenticator = anAuthenticator(env);
    const token = await signed({ exp: now - 20, nbf: now + 20 });
    expect((await authenticator.authenticate(bearer(token))).tenant).toBe('acme');
  });

  it('names the tenant in the claim that is configured, and not in an inherited property', async () => {
    await using authenticator = anAuthenticator({ ...env, AUTH_TENANT_CLAIM: 'org' });
    expect(await authenticator.authenticate(bearer(await signed({ org: 'o1' })))).toMatchObject({
      tenant: 'o1',
    });
    await using odd = anAuthenticator({ ...env, AUTH_TENANT_CLAIM: 'constructor' });
    await expect(odd.authenticate(bearer(await signed()))).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });
});

describe('a public key', () => {
  it.each([
    ['RS256', rsa, 'RS256'],
    ['PS256', rsa, 'PS256'],
    ['ES256', ec, 'ES256'],
  ])('verifies %s', async (_, pair, alg) => {
    await using authenticator = anAuthenticator({
      AUTH_JWT_PUBLIC_KEY: await exportSPKI(pair.publicKey),
    });
    // The CryptoKey of RS256 signs nothing else; a KeyObject signs with every algorithm of its type.
    const key = createPrivateKey(await exportPKCS8(pair.privateKey));
    const token = await aToken().setProtectedHeader({ alg }).sign(key);
    expect((await authenticator.authenticate(bearer(token))).tenant).toBe('acme');
  });

  it('is not taken for an HMAC secret', async () => {
    await using authenticator = anAuthenticator({ AUTH_JWT_PUBLIC_KEY: rsaPem });
    for (const text of [rsaPem, rsaPem.trim()]) {
      const forged = await aToken()
        .setProtectedHeader({ alg: 'HS256' })
        .sign(new TextEncoder().encode(text));
      await expect(authenticator.authenticate(bearer(forged))).rejects.toMatchObject({
        code: 'UNAUTHENTICATED',
        message: expect.stringContaining('algorithm that is not accepted'),
      });
    }
  });
});

describe('a key set', () => {
  const rsaToken = (pair = rsa, kid = 'one') =>
    aToken().setProtectedHeader({ alg: 'RS256', kid }).sign(pair.privateKey);

  it('is fetched once for many tokens, from a host that needs no entry in EGRESS_ALLOW', async () => {
    await using server = await aKeyServer(() => ({ keys: [rsaJwk] }));
    await using authenticator = anAuthenticator({ AUTH_JWKS_URL: server.url });
    const token = await rsaToken();
    const actors = await Promise.all(
      [1, 2, 3].map(() => authenticator.authenticate(bearer(token))),
    );
    expect(actors.map(({ tenant }) => tenant)).toEqual(['acme', 'acme', 'acme']);
    expect(server.requests).toBe(1);
  });

  it('does not take keys or algorithms from the token', async () => {
    await using server = await aKeyServer(() => ({ keys: [rsaJwk] }));
    await using authenticator = anAuthenticator({ AUTH_JWKS_URL: server.url });
    const jwk = await exportJWK(otherRsa.publicKey);
    const forged = await aToken()
      .setProtectedHeader({ alg: 'RS256', kid: 'one', jwk, jku: 'http://127.0.0.1:1/' })
      .sign(otherRsa.privateKey);
    await expect(authenticator.authenticate(bearer(forged))).rejects.toMatchObject({
      message: 'The signature of the token does not verify.',
    });
    await expect(authenticator.authenticate(bearer(await signed()))).rejects.toMatchObject({
      message: expect.stringContaining('algorithm that is not accepted'),
    });
  });

  it('is not fetched again for every unknown key', async () => {
    await using server = await aKeyServer(() => ({ keys: [rsaJwk] }));
    await using authenticator = anAuthenticator({ AUTH_JWKS_URL: server.url });
    await authenticator.authenticate(bearer(await rsaToken()));
    for (const kid of ['two', 'three', 'four']) {
      const token = await rsaToken(otherRsa, kid);
      await expect(authenticator.authenticate(bearer(token))).rejects.toMatchObject({
        code: 'UNAUTHENTICATED',
        message: expect.stringContaining('key that is not known here'),
      });
    }
    expect(server.requests).toBe(1);
  });

  it('that cannot be fetched is the server’s failure, not the caller’s, and is retried later', async () => {
    let isUp = false;
    await using server = await aKeyServer(() => (isUp ? { keys: [rsaJwk] } : null));
    let at = Date.now();
    await using authenticator = createAuthenticator(loadConfig({ AUTH_JWKS_URL: server.url }), {
      clock: { now: () => new Date(at) },
    });
    const token = await rsaToken();
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expect(authenticator.authenticate(bearer(token))).rejects.toMatchObject({
        code: 'UPSTREAM_FAILED',
        message: expect.stringContaining('AUTH_JWKS_URL'),
      });
    }
    expect(server.requests).toBe(1);
    isUp = true;
    at += 3_000;
    expect((await authenticator.authenticate(bearer(token))).tenant).toBe('acme');
  });

  it.each([{ hello: 'world' }, { keys: 'x' }])('is not %j', async (set) => {
    await using server = await aKeyServer(() => set);
    await using authenticator = anAuthenticator({ AUTH_JWKS_URL: server.url });
    await expect(authenticator.authenticate(bearer(await rsaToken()))).rejects.toMatchObject({
      code: 'UPSTREAM_FAILED',
    });
  });

  it('goes through the egress guard', async () => {
    await using server = await aKeyServer(() => ({ keys: [rsaJwk] }));
    await using http = createHttpClient({ allow: [] });
    await using authenticator = createAuthenticator(loadConfig({ AUTH_JWKS_URL: server.url }), {
      http,
    });
    await expect(authenticator.authenticate(bearer(await rsaToken()))).rejects.toMatchObject({
      code: 'UPSTREAM_FAILED',
    });
    expect(server.requests).toBe(0);
  });
});

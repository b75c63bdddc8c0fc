import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAtiAuthenticator } from '../../../src/access/ati/create-ati-authenticator.js';
import { AppError } from '../../../src/errors.js';
import { aCaller } from '../../calls/callers.js';
import { type AtiScene, anAtiApp, anAtiScene, aPetStore, aToken, secret } from './ati-app.js';
import { must } from './requirements.js';

const settings = {
  ...{ publicKey: null, secret, audiences: ['ati-proxy'], issuer: null, tenant: null, agent: null },
  ...{ isServiceClosed: false, defaultTenant: null, tenantClaim: 'tenant_id', appClaim: 'app_id' },
};
const now = 1_800_000_000;
const clock = { now: () => new Date(now * 1000) };
const claims = { iat: now - 10, exp: now + 60 };

async function authenticate(given: Record<string, unknown>, more: object = {}) {
  const { authenticate } = await createAtiAuthenticator({ ...settings, ...more }, clock);
  const token = await aToken({ ...claims, ...given });
  return authenticate({ authorization: `Bearer ${token}` });
}

async function refusal(asked: Promise<unknown>): Promise<AppError> {
  const error = await asked.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof AppError) return error;
  throw new Error(`No refusal: ${String(error)}`);
}

describe('a token', () => {
  it(must('token-hs256'), async () => {
    const caller = await authenticate({ scope: 'tool:a:b  skill:x', sub: 'me', app_id: 'shop' });
    expect(caller).toMatchObject({
      actor: { tenant: 'acme', app: 'shop', subject: 'me', expiresAt: new Date((now + 60) * 1000) },
      ...{ agentId: 'me', scopes: ['tool:a:b', 'skill:x'] },
    });
    expect([...caller.actor.scopes]).toEqual(['catalog:read', 'tools:call']);
    const wrong = { secret: 'ab'.repeat(32) };
    expect((await refusal(authenticate({}, wrong))).code).toBe('UNAUTHENTICATED');
  });

  it(must('token-alg'), async () => {
    const { authenticate: ask } = await createAtiAuthenticator(settings, clock);
    const all = { sub: 'a', aud: 'ati-proxy', scope: '*', tenant_id: 'acme', ...claims };
    const none = `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify(all))}.`;
    const other = await new SignJWT(all)
      .setProtectedHeader({ alg: 'HS512' })
      .sign(Buffer.from(secret.repeat(2), 'hex'));
    for (const token of [none.replaceAll('=', ''), other]) {
      const { code } = await refusal(ask({ authorization: `Bearer ${token}` }));
      expect(code).toBe('UNAUTHENTICATED');
    }
  });

  it(must('token-audience'), async () => {
    const two = { audiences: ['one', 'two'] };
    await authenticate({ aud: 'two' }, two);
    expect((await refusal(authenticate({}, two))).code).toBe('UNAUTHENTICATED');
    const list = await refusal(authenticate({ aud: ['ati-proxy'] }));
    expect(list.message).toBe('The "aud" claim of the token must be one string.');
  });

  it(must('token-issuer'), async () => {
    await authenticate({ iss: 'anybody' });
    await authenticate({ iss: 'us' }, { issuer: 'us' });
    await refusal(authenticate({ iss: 'them' }, { issuer: 'us' }));
    await refusal(authenticate({}, { issuer: 'us' }));
  });

  it.each<[string, unknown]>([
    ['sub', undefined],
    ['sub', 5],
    ['sub', ''],
    ['aud', undefined],
    ['iat', undefined],
    ['iat', 1.5],
    ['exp', undefined],
    ['exp', 'tomorrow'],
    ['scope', undefined],
    ['scope', ['tool:a']],
    ['job_id', 5],
    ['sandbox_id', 'a\nb'],
    ['agent_id', 5],
    ['agent_id', 'x'.repeat(201)],
    ['tenant_id', ['acme']],
    ['tenant_id', undefined],
    ['tenant_id', 'a,b'],
    ['ati', 5],
    ['ati', {}],
    ['ati', { v: 1, rate: { 'tool:*': '5/fortnight' } }],
    ['ati', { v: 1, rate: 5 }],
  ])(must('token-claims', '%s as %j is refused'), async (name, value) => {
    const { code, message } = await refusal(authenticate({ [name]: value }));
    expect(code).toBe('UNAUTHENTICATED');
    expect(message).toContain(name);
  });

  it(must('better-rates', 'a wrong limit refuses the token'), async () => {
    const rate = { 'tool:a:*': '1/hour', 'tool:b:*': 'many' };
    const { message } = await refusal(authenticate({ ati: { v: 1, rate } }));
    expect(message).toBe(
      'The "ati.rate" claim of the token has a limit that is none: expected "10/hour" (s, m, h or d).',
    );
  });

  it(must('token-leeway'), async () => {
    const late = await authenticate({ exp: now - 59 });
    expect(late.scopes).toEqual(['*']);
    expect((await refusal(authenticate({ exp: now - 61 }))).code).toBe('UNAUTHENTICATED');
  });

  it(must('token-tenant', 'claims win over what is configured'), async () => {
    const configured = { tenant: 'other', agent: 'hermes' };
    expect(await authenticate({ agent_id: 'zeus' }, configured)).toMatchObject({
      ...{ actor: { tenant: 'acme' }, agentId: 'zeus' },
    });
    expect(await authenticate({ tenant_id: undefined }, configured)).toMatchObject({
      ...{ actor: { tenant: 'other' }, agentId: 'hermes' },
    });
    await refusal(authenticate({ tenant_id: undefined }));
  });
});

describe('a public key', () => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const file = join(tmpdir(), `ati-${randomUUID()}.pem`);
  const pem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  beforeAll(() => writeFile(file, pem));
  afterAll(() => rm(file));

  it.each([
    ['a path', file],
    ['a PEM', pem],
    ['a PEM in one line', pem.replaceAll('\n', '\\n')],
  ])(must('token-es256', 'as %s'), async (_, publicKey) => {
    const { authenticate: ask, jwks } = await createAtiAuthenticator(
      { ...settings, publicKey },
      clock,
    );
    const all = { sub: 'a', aud: 'ati-proxy', scope: '*', tenant_id: 'acme', ...claims };
    const token = await new SignJWT(all)
      .setProtectedHeader({ alg: 'ES256', kid: 'whatever' })
      .sign(pair.privateKey);
    expect((await ask({ authorization: `Bearer ${token}` })).actor.tenant).toBe('acme');
    // The public key as a secret: the oldest trick.
    const forged = await aToken({ ...claims }, Buffer.from(pem));
    await refusal(ask({ authorization: `Bearer ${forged}` }));
    const { x, y } = pair.publicKey.export({ format: 'jwk' });
    const jwk = { kty: 'EC', crv: 'P-256', x, y, use: 'sig', alg: 'ES256', kid: 'ati-proxy-1' };
    expect(jwks).toEqual({ keys: [jwk] });
  });

  it(must('route-jwks'), async () => {
    await using ati = await anAtiApp({ env: { ATI_JWT_PUBLIC_KEY: file } });
    const { status, json } = await ati.ask('/.well-known/jwks.json', { token: null });
    expect(status).toBe(200);
    expect(json.keys[0]).toMatchObject({ crv: 'P-256', kid: 'ati-proxy-1' });
    expect(JSON.stringify(json)).not.toContain('"d"');
  });

  it.each([
    ['a file that is not there', '/nowhere/key.pem'],
    ['a file that is none', import.meta.filename],
    ['a private key', pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()],
    [
      'another curve',
      generateKeyPairSync('ec', { namedCurve: 'P-384' })
        .publicKey.export({ type: 'spki', format: 'pem' })
        .toString(),
    ],
    [
      'RSA',
      generateKeyPairSync('rsa', { modulusLength: 2048 })
        .publicKey.export({ type: 'spki', format: 'pem' })
        .toString(),
    ],
    ['nonsense', '-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----'],
  ])(must('better-bad-key', '%s'), async (_, publicKey) => {
    const { code, message } = await refusal(
      createAtiAuthenticator({ ...settings, publicKey }, clock),
    );
    expect(code).toBe('INVALID_INPUT');
    expect(message).toMatch(/^ATI_JWT_PUBLIC_KEY /);
  });

  it(must('better-bad-key', 'the whole service'), async () => {
    const error = await refusal(anAtiApp({ env: { ATI_JWT_PUBLIC_KEY: '/nowhere/key.pem' } }));
    expect(error.message).toContain('ATI_JWT_PUBLIC_KEY names a file that cannot be read');
  });
});

describe('without a key', () => {
  const open = { ...settings, secret: null };

  it(must('token-open'), async () => {
    await using ati = await anAtiApp({
      env: { ATI_JWT_SECRET: '', ATI_TENANT: 'acme', ATI_AGENT: 'atlas' },
    });
    expect((await ati.ask('/health', { token: null })).json).toMatchObject({
      ...{ auth: 'disabled', tools: 2, providers: 1 },
    });
    for (const token of [null, 'nonsense']) {
      expect((await ati.ask('/tools', { token })).status).toBe(200);
    }
  });

  it('headers name tenant and agent, and what is missing is a sentence', async () => {
    const { authenticate: ask, mode } = await createAtiAuthenticator(open, clock);
    expect(mode).toBe('open');
    const headers = { 'x-tenantid': 'acme', 'x-agentid': 'atlas' };
    expect(await ask(headers)).toMatchObject({
      ...{ actor: { tenant: 'acme', subject: null }, agentId: 'atlas', scopes: ['*'] },
    });
    expect((await refusal(ask({}))).message).toContain('set ATI_TENANT');
    expect((await refusal(ask({ 'x-tenantid': 'acme' }))).message).toContain('set ATI_AGENT');
  });

  it(must('better-csrf'), async () => {
    await using ati = await anAtiApp({
      env: { ATI_JWT_SECRET: '', ATI_TENANT: 'acme', ATI_AGENT: 'atlas' },
    });
    for (const headers of [
      { origin: 'https://evil.example' },
      { host: 'evil.example' },
      { origin: 'null' },
    ]) {
      const injected = await ati.app.server.inject({
        ...{ method: 'POST', url: '/proxy/call', payload: '{"tool_name":"x"}' },
        headers: { host: '127.0.0.1', 'content-type': 'text/plain', ...headers },
      });
      expect([headers, injected.statusCode]).toEqual([headers, 403]);
    }
  });

  it(must('better-closed'), async () => {
    await using ati = await anAtiApp({
      env: {
        ATI_JWT_SECRET: '',
        AUTH_JWT_SECRET: 's'.repeat(32),
        ATI_TENANT: 'acme',
        ATI_AGENT: 'a',
      },
    });
    for (const token of [null, await aToken({}, Buffer.from('s'.repeat(32)))]) {
      const { status, json } = await ati.ask('/tools', { token });
      expect(status).toBe(503);
      expect(json.error).toContain('set ATI_JWT_PUBLIC_KEY or ATI_JWT_SECRET');
    }
    expect((await ati.ask('/health', { token: null })).json).toMatchObject({
      auth: 'jwt',
      tools: 2,
    });
  });
});

describe('scopes', () => {
  let ati: AtiScene;
  beforeAll(async () => {
    ati = await anAtiScene();
  });
  afterAll(() => ati[Symbol.asyncDispose]());

  const namesFor = async (scope: string, more: object = {}) => {
    const { json } = await ati.ask('/tools', { token: await aToken({ scope, ...more }) });
    return json.map(({ name }: { name: string }) => name);
  };

  it(must('scope-patterns'), async () => {
    expect(await namesFor('tool:pet-store:listPets')).toEqual(['pet-store:listPets']);
    expect(await namesFor('tool:pet-store_listPets')).toEqual(['pet-store:listPets']);
    expect(await namesFor('tool:file_manager:*')).toEqual([
      ...['file_manager:download', 'file_manager:upload'],
    ]);
    expect(await namesFor('tool:files:p*')).toEqual(['files:picture']);
    expect(await namesFor('tool:pet-store')).toEqual([]);
    expect(await namesFor('')).toEqual([]);
    expect((await namesFor('*')).length).toBe((await namesFor('tool:*')).length);
  });

  it(must('scope-help'), async () => {
    const token = await aToken({ scope: 'tool:pet-store:*' });
    expect((await ati.ask('/help', { token, body: { query: 'pets' } })).status).toBe(200);
  });

  it(must('token-tenant', 'no other tenant and no other agent shows'), async () => {
    const others = aCaller(ati.app, 'other');
    const { ids } = await others.sync(aPetStore(ati.files.origin));
    await others.assign('atlas', [ids.petText ?? '']);
    expect(await namesFor('*', { tenant_id: 'other' })).toEqual([
      ...['pet-store:petText', 'file_manager:download', 'file_manager:upload'],
    ]);
    const token = await aToken({ tenant_id: 'other' });
    expect((await ati.call('pet-store:listPets', {}, { token })).status).toBe(404);
    expect((await ati.ask('/tools/pet-store:listPets', { token })).status).toBe(404);
    expect(await namesFor('*', { sub: 'nobody' })).toEqual([
      ...['file_manager:download', 'file_manager:upload'],
    ]);
    expect(await namesFor('*', { sub: 'nobody', agent_id: 'atlas' })).toContain('files:search');
  });
});

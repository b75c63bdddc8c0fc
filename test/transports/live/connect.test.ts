import { setImmediate } from 'node:timers/promises';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aLiveApp, type LiveApp } from './live-app.js';
import { openRaw } from './raw-socket.js';

const secret = 'a secret of more than thirty-two bytes';

function aToken(claims: Record<string, unknown> = {}, expiresInSeconds = 3600): Promise<string> {
  const exp = Math.floor(Date.now() / 1000) + expiresInSeconds;
  return new SignJWT({ tenant_id: 'acme', app_id: 'shop', sub: 'ann', ...claims, exp })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(secret));
}

const changes = (id: string) => ({
  ...{ id, type: 'subscribe' },
  payload: { query: 'subscription { catalogChanged { revision } }' },
});
const revision = { id: 'q', type: 'subscribe', payload: { query: '{ catalogRevision }' } };

describe('with trusted headers', () => {
  let live: LiveApp;
  beforeAll(async () => {
    live = await aLiveApp();
  });
  afterAll(() => live[Symbol.asyncDispose]());

  it.each([
    ['of the request', { 'x-tenantid': 'acme' }, {}],
    ['of connectionParams, in any case', {}, { 'X-TenantID': 'acme', 'x-appId': 'shop' }],
    ['of both that agree', { 'x-tenantid': 'acme' }, { 'x-tenantId': 'acme', other: [1] }],
  ])('a tenant comes from the headers %s', async (_, headers, payload) => {
    await using raw = await openRaw(live.url, { headers });
    raw.send({ type: 'connection_init', payload });
    expect(await raw.told()).toEqual({ type: 'connection_ack' });
  });

  it.each([
    ['no tenant is named', 4400, {}, {}, /x-tenantId/],
    ['the tenant is malformed', 4400, {}, { 'x-tenantId': 'a,b' }, /x-tenantId/],
    ['the tenant is no text', 4400, {}, { 'x-tenantId': 5 }, /must be a string/],
    [
      'both contradict each other',
      4403,
      { 'x-tenantid': 'a' },
      { 'x-tenantId': 'b' },
      /contradicts/,
    ],
    [
      'it is a page of another origin',
      4403,
      { origin: 'http://evil.example' },
      { 'x-tenantId': 'acme' },
      /origin/,
    ],
    [
      'it is a page without an origin',
      4403,
      { origin: 'null' },
      { 'x-tenantId': 'acme' },
      /origin/,
    ],
  ])('the socket is closed where %s', async (_, code, headers, payload, reason) => {
    await using raw = await openRaw(live.url, { headers });
    raw.send({ type: 'connection_init', payload });
    const closed = await raw.closed;
    expect(closed.code).toBe(code);
    expect(closed.reason).toMatch(reason);
  });

  it('a page of its own origin may connect, also behind a proxy that renames the host', async () => {
    const { host } = new URL(live.url);
    for (const headers of [
      { origin: `http://${host}` },
      { origin: 'https://tools.example', 'x-forwarded-host': 'tools.example' },
    ] as Record<string, string>[]) {
      await using raw = await openRaw(live.url, { headers });
      raw.send({ type: 'connection_init', payload: { 'x-tenantId': 'acme' } });
      expect(await raw.told()).toEqual({ type: 'connection_ack' });
    }
  });
});

describe('with tokens', () => {
  let live: LiveApp;
  beforeAll(async () => {
    live = await aLiveApp({ env: { AUTH_JWT_SECRET: secret } });
  });
  afterAll(() => live[Symbol.asyncDispose]());

  const connect = async (token: string, more: Record<string, unknown> = {}, headers = {}) => {
    const raw = await openRaw(live.url, { headers });
    raw.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}`, ...more } });
    return raw;
  };

  it('a token of connectionParams or of the request lets in, from any origin', async () => {
    const token = await aToken();
    await using said = await connect(token, {}, { origin: 'https://elsewhere.example' });
    expect(await said.told()).toEqual({ type: 'connection_ack' });
    await using sent = await openRaw(live.url, { headers: { authorization: `Bearer ${token}` } });
    sent.send({ type: 'connection_init' });
    expect(await sent.told()).toEqual({ type: 'connection_ack' });
  });

  it('no token, a wrong one, an expired one and a contradiction are refused with 4403', async () => {
    await using none = await openRaw(live.url);
    none.send({ type: 'connection_init', payload: { 'x-tenantId': 'acme' } });
    expect(await none.closed).toMatchObject({ code: 4403 });
    await using wrong = await connect(`${await aToken()}x`);
    expect(await wrong.closed).toMatchObject({ code: 4403 });
    // Within the seconds for which a request would still be let in.
    await using expired = await connect(await aToken({}, -5));
    expect(await expired.closed).toEqual({ code: 4403, reason: 'The token has expired.' });
    await using other = await connect(await aToken(), { 'x-tenantId': 'globex' });
    expect(await other.closed).toMatchObject({ code: 4403 });
  });

  it('closes the socket with 4403 when the token expires', async () => {
    await using raw = await connect(await aToken({}, 3));
    expect(await raw.told()).toEqual({ type: 'connection_ack' });
    raw.send(revision);
    expect(await raw.told()).toMatchObject({ type: 'next' });
    expect(await raw.told()).toMatchObject({ type: 'complete' });
    expect(await raw.closed).toEqual({ code: 4403, reason: 'The token has expired.' });
  });

  it('a subscription needs the scope catalog:read', async () => {
    await using raw = await connect(await aToken({ scope: 'tools:call' }));
    await raw.told();
    raw.send(changes('1'));
    expect(await raw.told()).toMatchObject({
      type: 'error',
      payload: [{ extensions: { code: 'FORBIDDEN', scope: 'catalog:read' } }],
    });
  });
});

it('/metrics counts who is connected, and what they follow', async () => {
  await using live = await aLiveApp();
  const read = async () => {
    const { payload } = await live.app.server.inject('/metrics');
    return [...payload.matchAll(/^toolgraph_live_(\w+) (\d+)$/gm)].map(([, name, count]) => [
      name,
      count,
    ]);
  };
  const raw = await openRaw(live.url);
  raw.send({ type: 'connection_init', payload: { 'x-tenantId': 'acme' } });
  await raw.told();
  raw.send(changes('1'), changes('2'), { type: 'ping' });
  await raw.told();
  expect(await read()).toEqual([
    ['connections', '1'],
    ['subscriptions', '2'],
  ]);
  await raw[Symbol.asyncDispose]();
  while (JSON.stringify(await read()).includes('1')) await setImmediate();
  expect(await read()).toEqual([
    ['connections', '0'],
    ['subscriptions', '0'],
  ]);
});

describe('limits', () => {
  let live: LiveApp;
  beforeAll(async () => {
    live = await aLiveApp({
      env: { AUTH_JWT_SECRET: secret, LIVE_MAX_CONNECTIONS: '2', LIVE_MAX_SUBSCRIPTIONS: '2' },
    });
  });
  afterAll(() => live[Symbol.asyncDispose]());

  const connect = async (sub: string) => {
    const raw = await openRaw(live.url);
    const authorization = `Bearer ${await aToken({ sub })}`;
    raw.send({ type: 'connection_init', payload: { authorization } });
    return raw;
  };

  it('a caller has so many connections, each caller its own, and a closed one is free', async () => {
    await using one = await connect('ann');
    await using other = await connect('ann');
    await Promise.all([one.told(), other.told()]);
    await using third = await connect('ann');
    const refused = await third.closed;
    expect(refused).toMatchObject({ code: 1013, reason: expect.stringContaining('at most 2') });
    await using bob = await connect('bob');
    expect(await bob.told()).toEqual({ type: 'connection_ack' });
    one.socket.close();
    await one.closed;
    await using fourth = await connect('ann');
    expect(await fourth.told()).toEqual({ type: 'connection_ack' });
  });

  it('a caller has so many subscriptions over all connections, and a completed one is free', async () => {
    await using one = await connect('cid');
    await using other = await connect('cid');
    await Promise.all([one.told(), other.told()]);
    one.send(changes('1'), { type: 'ping' });
    await one.told();
    other.send(changes('1'), changes('2'));
    expect(await other.told()).toMatchObject({
      ...{ id: '2', type: 'error' },
      payload: [{ extensions: { code: 'LIMIT_EXCEEDED', reason: 'TOO_MANY_SUBSCRIPTIONS' } }],
    });
    one.send({ id: '1', type: 'complete' }, { type: 'ping' });
    await one.told();
    // It counts until what was begun for it has ended.
    let answer: object;
    do {
      other.send({ ...revision, id: '2' });
      answer = await other.told();
    } while ('type' in answer && answer.type === 'error');
    expect(answer).toMatchObject({ id: '2', type: 'next' });
    await using dan = await connect('dan');
    await dan.told();
    dan.send(revision);
    expect(await dan.told()).toMatchObject({ type: 'next' });
  });
});

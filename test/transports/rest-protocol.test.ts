import { fastify } from 'fastify';
import { SignJWT } from 'jose';
import { afterAll, describe, expect, it } from 'vitest';
import { createLogger } from '../../src/logger.js';
import { registerRest } from '../../src/transports/rest/register-rest.js';
import { openRestApp } from './rest-app.js';

const rest = await openRestApp({ env: { MAX_BODY_BYTES: '5000' } });
afterAll(() => rest[Symbol.asyncDispose]());
const ask = rest.caller();

describe('a request that no route takes', () => {
  it.each(['/tools/nothing', '/tools', '/tools/', '/tools/apis/x/y'])(
    'is not found: %s',
    async (url) => {
      const answer = await ask({ url, tenant: null });
      expect([answer.statusCode, answer.json()]).toEqual([
        404,
        { detail: `There is no route GET ${url}.` },
      ]);
    },
  );

  it.each([
    ['PUT', '/tools/apis', 'GET, HEAD'],
    ['DELETE', '/tools/api/endpoints/x?a=b', 'GET, HEAD, PATCH'],
    ['GET', '/tools/sync-swagger', 'POST'],
    ['PUT', '/tools/agents/x/tools', 'DELETE, GET, HEAD, POST'],
  ] as const)('answers %s %s with the methods that are', async (method, url, allow) => {
    const payload = method === 'GET' ? undefined : '<xml/>';
    const headers = payload ? { 'content-type': 'text/xml' } : {};
    const answer = await ask({
      method,
      url,
      tenant: null,
      ...(payload ? { payload, headers } : {}),
    });
    expect([answer.statusCode, answer.headers.allow]).toEqual([405, allow]);
    expect(answer.json().detail).toContain(`It takes ${allow}.`);
  });

  it('answers OPTIONS with the methods that are', async () => {
    const answer = await ask({ method: 'OPTIONS', url: '/tools/apis', tenant: null });
    expect([answer.statusCode, answer.headers.allow]).toEqual([204, 'GET, HEAD']);
  });
});

describe('a path that cannot be decoded', () => {
  it('is answered like everything else', async () => {
    const answer = await ask({ url: '/tools/%zz', headers: { 'x-request-id': 'abc-3' } });
    expect([answer.statusCode, answer.headers['x-request-id'], answer.json()]).toEqual([
      400,
      'abc-3',
      {
        detail: 'The path of the request is not well-formed: "%" has to start an escape like %20.',
      },
    ]);
  });
});

describe('every answer', () => {
  it('has the request id that came in', async () => {
    const headers = { 'x-request-id': 'abc-1' };
    for (const url of ['/tools/health', '/tools/apis', '/tools/nothing']) {
      const answer = await ask({ url, headers });
      expect([url, answer.headers['x-request-id']]).toEqual([url, 'abc-1']);
    }
  });

  it('has a request id of its own otherwise', async () => {
    const [one, two] = [await ask({ url: '/tools/apis' }), await ask({ url: '/tools/apis' })];
    expect(one.headers['x-request-id']).toMatch(/.{8}/);
    expect(one.headers['x-request-id']).not.toBe(two.headers['x-request-id']);
  });

  it.each(['/tools/health', '/tools/apis', '/tools/openapi.json', '/tools/agents/x/tools'])(
    'to HEAD is that to GET without its body: %s',
    async (url) => {
      const get = await ask({ url });
      const head = await ask({ method: 'HEAD', url });
      expect([head.statusCode, head.body]).toEqual([200, '']);
      expect(head.headers['content-type']).toBe(get.headers['content-type']);
      expect(head.headers['content-length']).toBe(get.headers['content-length']);
    },
  );
});

describe('who asks', () => {
  it.each([
    ['GET', '/tools/apis'],
    ['GET', '/tools/agents/local-tools'],
    ['POST', '/tools/preview-swagger'],
    ['POST', '/tools/sync-swagger/file'],
    ['DELETE', '/tools/agents/x/tools'],
  ] as const)('has to be said to %s %s', async (method, url) => {
    const answer = await ask({ method, url, tenant: null });
    expect([answer.statusCode, answer.json().detail]).toEqual([
      400,
      expect.stringContaining('x-tenantId'),
    ]);
  });

  it('has to be one tenant', async () => {
    const answer = await ask({ url: '/tools/apis', tenant: 'a, b' });
    expect([answer.statusCode, answer.json().detail]).toEqual([
      400,
      expect.stringContaining('x-tenantId'),
    ]);
  });

  it('can be the default tenant', async () => {
    await using other = await openRestApp({ env: { DEFAULT_TENANT: 'acme' } });
    const answer = await other.caller()({ url: '/tools/apis', tenant: null });
    expect(answer.statusCode).toBe(200);
  });

  it('needs a token where tokens are configured', async () => {
    const secret = 'a-secret-of-at-least-32-characters!';
    await using other = await openRestApp({ env: { AUTH_JWT_SECRET: secret } });
    const token = await new SignJWT({ tenant_id: 'acme', scope: 'catalog:read' })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(secret));
    const call = other.caller();
    const url = '/tools/apis';
    const none = await call({ url, tenant: null });
    const wrong = await call({ url, tenant: null, headers: { authorization: 'Bearer x.y.z' } });
    const good = await call({ url, tenant: null, headers: { authorization: `Bearer ${token}` } });
    const reader = await call({
      method: 'POST',
      url: '/tools/agents/atlas/tools',
      tenant: null,
      headers: { authorization: `Bearer ${token}` },
      payload: { endpoint_ids: [] },
    });
    expect([none.statusCode, none.headers['www-authenticate']]).toEqual([401, 'Bearer']);
    expect([wrong.statusCode, wrong.headers['www-authenticate']]).toEqual([
      401,
      'Bearer error="invalid_token"',
    ]);
    expect([good.statusCode, reader.statusCode]).toEqual([200, 403]);
    expect(reader.json().detail).toContain('catalog:write');
  });
});

describe('a body', () => {
  it.each([
    ['/tools/sync-swagger', 'application/x-www-form-urlencoded'],
    ['/tools/agents/x/tools', 'text/plain'],
    ['/tools/agents/x/tools', 'multipart/form-data; boundary=x'],
  ])('of another media type is refused by %s, which says what it takes', async (url, type) => {
    const headers = { 'content-type': type };
    const answer = await ask({ method: 'POST', url, payload: 'a=b', headers });
    expect([answer.statusCode, answer.json().detail]).toEqual([
      415,
      expect.stringContaining('application/json'),
    ]);
  });

  it.each(['application/json; charset=utf-8', 'application/merge-patch+json', 'APPLICATION/JSON'])(
    'may be JSON as %s',
    async (type) => {
      const headers = { 'content-type': type };
      const payload = '{"endpoint_ids": []}';
      const answer = await ask({ method: 'POST', url: '/tools/agents/x/tools', payload, headers });
      expect(answer.statusCode).toBe(200);
    },
  );

  it('that is compressed is refused', async () => {
    const headers = { 'content-encoding': 'gzip', 'content-type': 'application/json' };
    const answer = await ask({ method: 'POST', url: '/tools/sync-swagger', payload: 'x', headers });
    expect([answer.statusCode, answer.headers['accept-encoding']]).toEqual([415, 'identity']);
  });

  it('over the limit is refused, saying what the limit is', async () => {
    const payload = { endpoint_ids: ['x'.repeat(6000)] };
    const answer = await ask({ method: 'POST', url: '/tools/agents/x/tools', payload });
    expect([answer.statusCode, answer.json()]).toEqual([
      413,
      { detail: 'The body is larger than 5000 bytes.' },
    ]);
  });
});

describe('a failure that nobody foresaw', () => {
  it('answers with the request id and nothing of its own', async () => {
    const lines: string[] = [];
    const logger = createLogger({ level: 'error' });
    logger.error = ((fields: object) => lines.push(JSON.stringify(fields))) as typeof logger.error;
    const app = fastify({ requestIdHeader: 'x-request-id' });
    await registerRest(app, {
      contextFor: () => Promise.reject(new Error('password=hunter2')),
      publicContext: () => {
        throw new Error('password=hunter2');
      },
      limits: { maxBodyBytes: 1000, maxDocumentBytes: 1000 },
      logger,
    });
    const headers = { 'x-request-id': 'abc-2' };
    const answer = await app.inject({ url: '/tools/apis', headers });
    expect([answer.statusCode, answer.json()]).toEqual([
      500,
      { detail: 'Internal error', request_id: 'abc-2' },
    ]);
    expect(lines).toEqual([expect.stringContaining('abc-2')]);
  });
});

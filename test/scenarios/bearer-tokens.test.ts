import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../../src/app.js';
import { aDocument } from '../support/documents.js';
import { aTestApp } from '../support/test-app.js';

const secret = 'a secret of more than thirty-two bytes';
let app: App;
beforeAll(async () => {
  app = await aTestApp({ env: { AUTH_JWT_SECRET: secret, DEFAULT_TENANT: 'nobody' } });
});
afterAll(() => app[Symbol.asyncDispose]());

function aToken(claims: Record<string, unknown>, key = secret): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('5m')
    .sign(new TextEncoder().encode(key));
}

type Headers = Record<string, string>;

const transports = {
  REST: {
    read: (headers: Headers) => app.server.inject({ url: '/tools/apis', headers }),
    write: (headers: Headers) =>
      app.server.inject({
        method: 'POST',
        url: '/tools/sync-swagger',
        headers,
        payload: { swagger_json: aDocument([{ path: '/pets' }]) },
      }),
  },
  GraphQL: {
    read: (headers: Headers) => ask('{ apis { nodes { name } } }', {}, headers),
    write: (headers: Headers) =>
      ask(
        'mutation ($d: JSON) { syncApi(input: { source: { document: $d } }) { __typename } }',
        { d: aDocument([{ path: '/pets' }]) },
        headers,
      ),
  },
};

function ask(query: string, variables: object, headers: Headers) {
  return app.server.inject({
    method: 'POST',
    url: '/graphql',
    headers,
    payload: { query, variables },
  });
}

describe.each(Object.entries(transports))('over %s', (name, { read, write }) => {
  it('refuses a request without a token, even with the headers of a tenant', async () => {
    const answer = await read({ 'x-tenantid': 'acme' });
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
  });

  it('refuses a token of another key and does not repeat it', async () => {
    const token = await aToken({ tenant_id: 'acme' }, 'another secret of more than 32 bytes');
    const answer = await read({ authorization: `Bearer ${token}` });
    expect(answer.statusCode).toBe(401);
    expect(answer.body).not.toContain(token);
  });

  it('shows each tenant its own, by the claim of the token', async () => {
    const tenant = `${name}-one`;
    const authorization = `Bearer ${await aToken({ tenant_id: tenant, app_id: 'shop' })}`;
    expect((await write({ authorization })).statusCode).toBe(200);
    expect((await read({ authorization })).body).toContain('Pets');
    const other = `Bearer ${await aToken({ tenant_id: `${name}-two` })}`;
    expect((await read({ authorization: other })).body).not.toContain('Pets');
  });

  it('refuses a header that disagrees with the token', async () => {
    const authorization = `Bearer ${await aToken({ tenant_id: 'acme', app_id: 'shop' })}`;
    expect((await read({ authorization, 'x-tenantid': 'other' })).statusCode).toBe(403);
    expect((await read({ authorization, 'x-appid': 'other' })).statusCode).toBe(403);
    expect((await read({ authorization, 'x-tenantid': 'acme' })).statusCode).toBe(200);
  });

  it('lets a token read that may only read, and names the scope that a write needs', async () => {
    const authorization = `Bearer ${await aToken({ tenant_id: 'acme', app_id: 'shop', scope: 'catalog:read' })}`;
    expect((await read({ authorization })).statusCode).toBe(200);
    expect((await write({ authorization })).body).toContain('catalog:write');
  });
});

import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { query } from '../../src/storage/sql.js';
import { startAuthorizationServer } from '../support/authorization-server.js';
import { aTestApp } from '../support/test-app.js';

const callback = '/tools/mcp-servers/oauth/callback';

async function anApp() {
  const app = await aTestApp({
    env: { MCP_PUBLIC_URL: 'https://tools.example.com', EGRESS_ALLOW: '127.0.0.1' },
  });
  const em = () => app.ports.storage.fork();
  return {
    app,
    em,
    addServer: async (serverUrl: string) => {
      const id = randomUUID();
      await query(
        em(),
        `insert into mcp_servers (id, tenant_id, app_id, name, server_url, timeout_seconds, status, created_at, updated_at)
         values ($1::uuid, 'acme', 'shop', $1, $2, 30, 'UNKNOWN', now(), now())`,
        [id, serverUrl],
      );
      return id;
    },
    graphql: async (document: string, tenant = 'acme') => {
      const answer = await app.server.inject({
        method: 'POST',
        url: '/graphql',
        headers: { 'x-tenantid': tenant, 'x-appid': 'shop', 'content-type': 'application/json' },
        payload: { query: document },
      });
      return answer.json<{
        data: Record<string, Record<string, string>> | null;
        errors?: { message: string; extensions: { code: string } }[];
      }>();
    },
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}

describe('the callback of an authorization', () => {
  it('finishes what beginMcpAuthorization began, once, without a tenant of its own', async () => {
    await using auth = await startAuthorizationServer();
    await using toolgraph = await anApp();
    const { app, graphql } = toolgraph;
    const id = await toolgraph.addServer(auth.mcpUrl);
    const { data } = await graphql(
      `mutation { beginMcpAuthorization(id: "${id}") { url expiresAt } }`,
    );
    const answer = await auth.approve(data?.beginMcpAuthorization?.url ?? '');
    const url = `${callback}?${answer}`;
    expect((await app.server.inject({ method: 'HEAD', url })).statusCode).not.toBe(200);
    const page = await app.server.inject({ url });
    expect(page.statusCode).toBe(200);
    expect(page.body).toContain('The MCP server is authorized');
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    });
    for (const secret of [answer.get('code'), answer.get('state')]) {
      expect(page.body).not.toContain(secret);
    }
    const [row] = await query<{ token: string }>(
      toolgraph.em(),
      'select access_token as token from mcp_servers where id = $1::uuid',
      [id],
    );
    expect(auth.accepts(`Bearer ${app.ports.sealer.open(row?.token ?? '')}`)).toBe(true);
    expect((await app.server.inject({ url })).statusCode).toBe(404);
  });

  it.each([
    ['no state', '?code=x', 422],
    ['an unknown state', '?state=unknown&code=x', 404],
    ['two states', '?state=a&state=b', 422],
    ['a long state', `?state=${'x'.repeat(9_000)}`, 422],
    ['markup', '?error=%3Cscript%3Ealert(1)%3C/script%3E&state=%3Cscript%3E', 404],
  ])('answers %s with a page that says why and repeats nothing', async (_, search, status) => {
    await using toolgraph = await anApp();
    const page = await toolgraph.app.server.inject({ url: `${callback}${search}` });
    expect(page.statusCode).toBe(status);
    expect(page.body).toContain('was not authorized');
    expect(page.body).not.toContain('script');
    expect(page.body).not.toContain('xxxx');
  });

  it('is not for an authorization with a redirect of its own, which its tenant alone finishes', async () => {
    await using auth = await startAuthorizationServer();
    await using toolgraph = await anApp();
    const { app, graphql } = toolgraph;
    const id = await toolgraph.addServer(auth.mcpUrl);
    const { data } = await graphql(
      `mutation { beginMcpAuthorization(id: "${id}", redirectUri: "http://localhost:3000/back") { url } }`,
    );
    const answer = await auth.approve(data?.beginMcpAuthorization?.url ?? '');
    expect((await app.server.inject({ url: `${callback}?${answer}` })).statusCode).toBe(404);
    const finish = `mutation { finishMcpAuthorization(state: "${answer.get('state')}", code: "${answer.get('code')}") { id hasAccessToken } }`;
    const theirs = await graphql(finish, 'other');
    expect(theirs.errors?.[0]?.extensions.code).toBe('NOT_FOUND');
    const ours = await graphql(finish);
    expect(ours.data?.finishMcpAuthorization).toEqual({ id, hasAccessToken: true });
  });
});

describe('our client metadata', () => {
  it('lies where our client id says, and names our callback', async () => {
    await using toolgraph = await anApp();
    const url = '/tools/mcp-servers/oauth/client-metadata';
    const answer = await toolgraph.app.server.inject({ url });
    expect(answer.json()).toMatchObject({
      client_id: `https://tools.example.com${url}`,
      redirect_uris: [`https://tools.example.com${callback}`],
      token_endpoint_auth_method: 'none',
    });
  });

  it('is not there without a public URL', async () => {
    await using app = await aTestApp();
    const url = '/tools/mcp-servers/oauth/client-metadata';
    expect((await app.server.inject({ url })).statusCode).toBe(404);
  });
});

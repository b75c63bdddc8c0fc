import { request } from 'node:http';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aCaller } from '../../calls/callers.js';
import { openEvents } from './event-reader.js';
import { anMcpApp, aPetDocument, caller, givePets, type McpApp } from './mcp-app.js';

const secret = 'a secret of more than thirty-two bytes';

describe('with tokens', () => {
  let mcp: McpApp;
  beforeAll(async () => {
    mcp = await anMcpApp({
      env: { AUTH_JWT_SECRET: secret, AUTH_ISSUER: 'https://login.example.com' },
    });
  });
  afterAll(() => mcp[Symbol.asyncDispose]());

  async function bearer(claims: Record<string, unknown> = {}, expires = '5m') {
    const token = await new SignJWT({ tenant_id: 'acme', sub: 'ann', ...claims })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer('https://login.example.com')
      .setExpirationTime(expires)
      .sign(new TextEncoder().encode(secret));
    return { authorization: `Bearer ${token}` };
  }

  it('says where tokens come from, and what for', async () => {
    const refused = await mcp.rpc('ping');
    expect(refused.status).toBe(401);
    const challenge = refused.headers.get('www-authenticate') ?? '';
    expect(challenge).toMatch(/^Bearer resource_metadata="http:\/\/127\.0\.0\.1:\d+\/.+"$/);
    const url = /"(.+)"/.exec(challenge)?.[1] ?? '';
    expect(await (await fetch(url)).json()).toEqual({
      resource: mcp.url().href,
      authorization_servers: ['https://login.example.com'],
      scopes_supported: ['catalog:read', 'tools:call'],
      bearer_methods_supported: ['header'],
      resource_name: 'Tools of the agent atlas',
    });
  });

  it('says that a token is no good, and nothing else', async () => {
    const headers = { authorization: 'Bearer a.b.c' };
    const refused = await mcp.rpc('ping', {}, { headers });
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringMatching(/^Bearer error="invalid_token", resource_metadata=/),
    ]);
    expect(JSON.stringify(refused.body)).not.toContain('a.b.c');
  });

  it.each([
    ['tools/call', { name: 'x' }, 'catalog:read', 'tools:call'],
    ['tools/list', {}, 'tools:call', 'catalog:read'],
  ])('asks for the scope that %s needs', async (method, params, granted, missing) => {
    const headers = await bearer({ scope: granted });
    const refused = await mcp.rpc(method, params, { headers });
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      403,
      expect.stringContaining(`error="insufficient_scope", scope="${missing}", resource_metadata=`),
    ]);
    expect(refused.body.error.message).toContain(missing);
  });

  it('keeps the sessions of two people of one tenant apart', async () => {
    const [ann, bob] = [await bearer(), await bearer({ sub: 'bob' })];
    const session = await mcp.begin('2025-11-25', { headers: ann });
    expect((await mcp.rpc('ping', {}, { headers: session })).status).toBe(200);
    const stolen = await mcp.rpc('ping', {}, { headers: { ...session, ...bob } });
    expect(stolen.status).toBe(404);
  });

  it('takes requests of any origin, and ends streams with their token', async () => {
    const headers = { ...(await bearer({}, '2s')), origin: 'https://app.example.com' };
    const session = await mcp.begin('2025-11-25', { headers });
    await using events = await openEvents(mcp.url(), {
      headers: { ...session, accept: 'text/event-stream' },
    });
    expect(events.status).toBe(200);
    await events.next();
    expect(await events.next()).toBeNull();
  });
});

describe('without tokens', () => {
  let mcp: McpApp;
  let ids: Record<string, string>;
  beforeAll(async () => {
    mcp = await anMcpApp();
    ids = await givePets(mcp.app, mcp.upstream.origin);
  });
  afterAll(() => mcp[Symbol.asyncDispose]());

  it('asks for a tenant and has no metadata of tokens', async () => {
    const answer = await fetch(mcp.url(), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: '{"jsonrpc":"2.0","id":1,"method":"ping"}',
    });
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { error: { code: -32602, message: expect.stringContaining('x-tenantId') } },
    ]);
    const metadata = `${mcp.origin}/.well-known/oauth-protected-resource/agents/atlas/mcp`;
    expect((await fetch(metadata)).status).toBe(404);
  });

  it("answers for another tenant's agent, session and events as for those that there are not", async () => {
    const session = await mcp.begin();
    const stranger = { ...caller, 'x-tenantid': 'evil' };
    const list = await mcp.rpc('tools/list', {}, { headers: stranger });
    expect(list.body.result).toEqual({ tools: [] });
    const call = await mcp.rpc('tools/call', { name: 'listPets' }, { headers: stranger });
    expect(call.body.error).toMatchObject({ code: -32602 });
    expect(call.body.error.message).not.toContain('Did you mean');
    const unknown = { ...session, 'mcp-session-id': crypto.randomUUID() };
    for (const method of ['POST', 'GET', 'DELETE']) {
      const ask = (headers: Record<string, string>) =>
        mcp.send('{"jsonrpc":"2.0","id":1,"method":"ping"}', { method, headers });
      const [stolen, none] = [await ask({ ...session, ...stranger }), await ask(unknown)];
      expect([stolen.status, stolen.body]).toEqual([404, none.body]);
    }
    expect((await mcp.rpc('ping', {}, { headers: session })).status).toBe(200);
  });

  it("does not tell of another tenant's changes to an agent of the same name", async () => {
    const evil = { ...caller, 'x-tenantid': 'evil' };
    const session = await mcp.begin('2025-11-25', { headers: evil });
    await using events = await openEvents(mcp.url(), {
      headers: { ...session, accept: 'text/event-stream' },
    });
    await events.next();
    await aCaller(mcp.app).assign('atlas', [ids.petText ?? '']);
    await mcp.app.server.inject({
      ...{ method: 'PATCH', url: `/tools/api/endpoints/${ids.petText}`, headers: caller },
      payload: { name: 'petWords' },
    });
    const own = await aCaller(mcp.app, 'evil').sync(aPetDocument(mcp.upstream.origin));
    await aCaller(mcp.app, 'evil').assign('atlas', Object.values(own.ids));
    const event = await events.next();
    expect(event?.id).toBe('r-2');
  });

  /** `fetch` sets some headers itself. */
  function statusFor(headers: Record<string, string>): Promise<number> {
    return new Promise((resolve, reject) => {
      const asked = request(mcp.url(), {
        method: 'POST',
        headers: {
          ...caller,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          ...headers,
        },
      });
      asked.on('response', (answer) => resolve(answer.resume().statusCode ?? 0));
      asked.on('error', reject);
      asked.end('{"jsonrpc":"2.0","id":1,"method":"ping"}');
    });
  }

  it.each([
    ['its name', { host: 'localhost:8009' }, 200],
    ['its address', { host: '127.0.0.1' }, 200],
    ['another address', { host: '[::1]:1' }, 200],
    ['a page of its own', { host: 'localhost:1', origin: 'http://localhost:1' }, 200],
    ['a page of this machine', { host: 'localhost:1', origin: 'http://127.0.0.1:3000' }, 200],
    ['a name of somebody else', { host: 'evil.example.com' }, 403],
    ['a rebound page', { host: 'evil.example.com', origin: 'http://evil.example.com' }, 403],
    ['a page of somebody else', { host: 'localhost', origin: 'https://evil.example.com' }, 403],
    ['a name that looks like it', { host: 'localhost.evil.example.com' }, 403],
    ['an address that looks like it', { host: '127.0.0.1.evil.example.com' }, 403],
    ['a page without an origin', { host: 'localhost', origin: 'null' }, 403],
  ])('is asked by %s', async (_who, headers, status) => {
    expect(await statusFor(headers)).toBe(status);
  });
});

describe('with a public address', () => {
  it('is asked by that name too', async () => {
    await using mcp = await anMcpApp({ env: { MCP_PUBLIC_URL: 'https://tools.example.com/' } });
    const answer = await mcp.app.server.inject({
      ...{ method: 'POST', url: '/agents/atlas/mcp' },
      headers: {
        ...caller,
        'content-type': 'application/json',
        accept: '*/*',
        host: 'tools.example.com',
        origin: 'https://tools.example.com',
      },
      payload: '{"jsonrpc":"2.0","id":1,"method":"ping"}',
    });
    expect(answer.statusCode).toBe(200);
  });
});

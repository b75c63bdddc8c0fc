import { describe, expect, it } from 'vitest';
import { beginMcpAuthorization } from '../../src/mcp-servers/oauth/begin-mcp-authorization.js';
import { finishMcpAuthorization } from '../../src/mcp-servers/oauth/finish-mcp-authorization.js';
import { query } from '../../src/storage/sql.js';
import { startAuthorizationServer } from '../support/authorization-server.js';
import { asking, openOauthBench } from './oauth-bench.js';

type Bench = Awaited<ReturnType<typeof openOauthBench>>;

const callback = 'https://tools.example.com/tools/mcp-servers/oauth/callback';

/** What the callback gets, as the route passes it on. */
function finish(bench: Bench, parameters: URLSearchParams) {
  const { actor: _, ...ctx } = bench.context();
  return finishMcpAuthorization(
    { ...ctx, actor: null },
    {
      state: parameters.get('state') ?? '',
      code: parameters.get('code'),
      iss: parameters.get('iss'),
      error: parameters.get('error'),
    },
  );
}

describe('beginMcpAuthorization', () => {
  it('sends a person to the server with PKCE, the resource and a state of 256 bits of which only the hash is stored', async () => {
    await using auth = await startAuthorizationServer();
    await using bench = await openOauthBench();
    const server = await bench.addServer({ serverUrl: auth.mcpUrl });
    const { url, expiresAt } = await beginMcpAuthorization(bench.context(), { id: server.id });
    const { origin, pathname, searchParams } = new URL(url);
    expect(`${origin}${pathname}`).toBe(`${auth.issuer}/authorize`);
    expect(Object.fromEntries(searchParams)).toMatchObject({
      response_type: 'code',
      client_id: 'client-1',
      redirect_uri: callback,
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
      resource: auth.mcpUrl,
      scope: 'tools:read',
    });
    const state = searchParams.get('state') ?? '';
    expect(Buffer.from(state, 'base64url')).toHaveLength(32);
    expect(expiresAt).toEqual(new Date('2026-11-21T10:10:00Z'));
    const stored = JSON.stringify(await query(bench.fork(), 'select * from mcp_authorizations'));
    expect(stored).not.toContain(state);
    expect(stored).not.toContain('registered-secret');
    expect(auth.registrations).toMatchObject([
      { redirect_uris: [callback], application_type: 'web', response_types: ['code'] },
    ]);
  });

  it('names itself by its metadata document where the server reads one', async () => {
    await using auth = await startAuthorizationServer();
    await using bench = await openOauthBench();
    auth.behaviour.issuer = { client_id_metadata_document_supported: true };
    const server = await bench.addServer({ serverUrl: auth.mcpUrl });
    const { url } = await beginMcpAuthorization(bench.context(), { id: server.id });
    expect(new URL(url).searchParams.get('client_id')).toBe(
      'https://tools.example.com/tools/mcp-servers/oauth/client-metadata',
    );
    expect(auth.registrations).toEqual([]);
    await finish(bench, await auth.approve(url));
    expect(auth.tokens).toMatchObject([{ form: { client_id: expect.stringMatching(/^https:/) } }]);
  });

  it.each([
    ['path', ['/.well-known/oauth-authorization-server/one/two']],
    ['path of OpenID Connect', ['/.well-known/openid-configuration/one/two']],
    ['path before the well-known part', ['/one/two/.well-known/openid-configuration']],
  ])('finds an issuer with a path by its %s', async (_, issuerPaths) => {
    await using auth = await startAuthorizationServer({ path: '/one/two' });
    await using bench = await openOauthBench();
    auth.behaviour.issuerPaths = issuerPaths;
    const server = await bench.addServer({ serverUrl: auth.mcpUrl });
    const { url } = await beginMcpAuthorization(bench.context(), { id: server.id });
    expect(url.startsWith(`${auth.origin}/one/two/authorize?`)).toBe(true);
  });

  it('finds resource metadata at the root, and takes what it says the resource is', async () => {
    await using auth = await startAuthorizationServer();
    await using bench = await openOauthBench();
    auth.behaviour.resourcePaths = ['/.well-known/oauth-protected-resource'];
    auth.behaviour.resource = { resource: auth.origin };
    const server = await bench.addServer({ serverUrl: auth.mcpUrl });
    const { url } = await beginMcpAuthorization(bench.context(), { id: server.id });
    expect(new URL(url).searchParams.get('resource')).toBe(auth.origin);
  });

  it.each([
    ['with metadata', ['/.well-known/oauth-authorization-server']],
    ['without any', []],
  ])('falls back on the origin of a server of 2025-03-26 %s', async (_, issuerPaths) => {
    await using auth = await startAuthorizationServer();
    await using bench = await openOauthBench();
    Object.assign(auth.behaviour, { resourcePaths: [], issuerPaths });
    const server = await bench.addServer({ serverUrl: auth.mcpUrl });
    const { url } = await beginMcpAuthorization(bench.context(), { id: server.id });
    expect(url.startsWith(`${auth.origin}/authorize?`)).toBe(true);
    await finish(bench, await auth.approve(url));
    expect(await bench.rowOf(server)).toMatchObject({ status: 'UNKNOWN', version: '1' });
  });

  it('takes another issuer from a server of 2025-03-26 on its own origin alone', async () => {
    await using auth = await startAuthorizationServer();
    await using bench = await openOauthBench();
    auth.behaviour.resourcePaths = [];
    const { id } = await bench.addServer({ serverUrl: auth.mcpUrl });
    auth.behaviour.issuer = { issuer: `${auth.origin}/oauth` };
    await beginMcpAuthorization(bench.context(), { id });
    auth.behaviour.issuer = { issuer: 'https://evil.example.com' };
    await expect(beginMcpAuthorization(bench.context(), { id })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
  });

  it('asks for what the challenge named, and for a refresh token where that has a scope', async () => {
    await using auth = await startAuthorizationServer();
    await using bench = await openOauthBench();
    auth.behaviour.issuer = { scopes_supported: ['offline_access', 'tools:call'] };
    const server = await bench.addServer({ serverUrl: auth.mcpUrl });
    const place = `${auth.origin}/.well-known/oauth-protected-resource/mcp`;
    const challenge = `Bearer resource_metadata="${place}", scope="tools:call"`;
    const tokens = bench.aProcess();
    await expect(tokens.authorize(server, asking(null, challenge))).rejects.toMatchObject({
      code: 'NOT_CONFIGURED',
    });
    expect(await bench.rowOf(server)).toMatchObject({ status: 'NEEDS_REAUTH' });
    const { url } = await beginMcpAuthorization(bench.context(), { id: server.id });
    expect(new URL(url).searchParams.get('scope')).toBe('tools:call offline_access');
  });

  it.each([
    ['another resource', { resource: { resource: 'https://evil.example.com/mcp' } }, 'FORBIDDEN'],
    ['another issuer', { issuer: { issuer: 'https://evil.example.com' } }, 'FORBIDDEN'],
    ['no PKCE', { issuer: { code_challenge_methods_supported: undefined } }, 'FORBIDDEN'],
    ['plain PKCE', { issuer: { code_challenge_methods_supported: ['plain'] } }, 'FORBIDDEN'],
    [
      'a token endpoint without TLS',
      { issuer: { token_endpoint: 'http://auth.example.com/token' } },
      'FORBIDDEN',
    ],
    [
      'an authorization server without TLS',
      { resource: { authorization_servers: ['http://auth.example.com'] } },
      'FORBIDDEN',
    ],
    [
      'an authorization server at a private address',
      { resource: { authorization_servers: ['https://10.0.0.1'] } },
      'FORBIDDEN',
    ],
    [
      'a script for an authorization endpoint',
      { issuer: { authorization_endpoint: 'javascript:alert(1)' } },
      'FORBIDDEN',
    ],
    ['no way to register', { isRegistrationOpen: false }, 'NOT_CONFIGURED'],
  ])('refuses %s', async (_, behaviour, code) => {
    await using auth = await startAuthorizationServer();
    await using bench = await openOauthBench();
    Object.assign(auth.behaviour, behaviour);
    const server = await bench.addServer({ serverUrl: auth.mcpUrl });
    const begun = beginMcpAuthorization(bench.context(), { id: server.id });
    await expect(begun).rejects.toMatchObject({ code });
    expect(auth.registrations).toEqual([]);
  });

  it('needs a public URL, a known server of the tenant, and a redirect that is safe', async () => {
    await using auth = await startAuthorizationServer();
    await using bench = await openOauthBench();
    const { id } = await bench.addServer({ serverUrl: auth.mcpUrl });
    const begin = beginMcpAuthorization;
    await expect(begin(bench.context(undefined, null), { id })).rejects.toThrow('MCP_PUBLIC_URL');
    await expect(begin(bench.context('other'), { id })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    for (const redirectUri of [
      'http://example.com/x',
      'javascript:alert(1)',
      '/x',
      'https://a.b/#c',
    ]) {
      await expect(begin(bench.context(), { id, redirectUri })).rejects.toMatchObject({
        code: 'INVALID_INPUT',
      });
    }
    const reader = bench.context();
    reader.actor.scopes = new Set(['catalog:read']);
    await expect(begin(reader, { id })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(auth.paths).toEqual([]);
  });
});

describe('finishMcpAuthorization', () => {
  it.each([null, ['client_secret_post'], ['client_secret_basic'], ['none']])(
    'exchanges the code and stores what comes, for a client of %j',
    async (authMethods) => {
      await using auth = await startAuthorizationServer();
      await using bench = await openOauthBench();
      auth.behaviour.authMethods = authMethods;
      const server = await bench.addServer({ serverUrl: auth.mcpUrl });
      const tokens = bench.aProcess();
      await expect(tokens.authorize(server, asking(null, ''))).rejects.toThrow();
      const { url } = await beginMcpAuthorization(bench.context(), { id: server.id });
      await finish(bench, await auth.approve(url));
      const row = await bench.rowOf(server);
      expect(row).toMatchObject({ status: 'UNKNOWN', status_message: null, version: '1' });
      const given = await tokens.authorize(server, asking());
      expect(auth.accepts(given)).toBe(true);
      expect(auth.tokens[0]?.form).toMatchObject({ resource: auth.mcpUrl, redirect_uri: callback });
      expect(auth.accepts(await tokens.authorize(server, asking(given)))).toBe(true);
      expect(auth.tokens[1]?.form).toMatchObject({ grant_type: 'refresh_token' });
      expect(await bench.changesOf(server)).toMatchObject([
        { kind: 'MCP_SERVER_UPDATED' },
        { kind: 'MCP_SERVER_UPDATED' },
      ]);
      expect(JSON.stringify(row.oauth)).not.toContain('registered-secret');
    },
  );

  it('takes a state once, within ten minutes, and unchanged', async () => {
    await using auth = await startAuthorizationServer();
    await using bench = await openOauthBench();
    const server = await bench.addServer({ serverUrl: auth.mcpUrl });
    const begin = () => beginMcpAuthorization(bench.context(), { id: server.id });
    const answer = await auth.approve((await begin()).url);
    const forged = new URLSearchParams(answer);
    forged.set('state', 'forged');
    await expect(finish(bench, forged)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await finish(bench, answer);
    await expect(finish(bench, answer)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const late = await auth.approve((await begin()).url);
    bench.pass(601);
    await expect(finish(bench, late)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(auth.tokens).toHaveLength(1);
  });

  it('keeps a state to its tenant, and one with a redirect of its own from the callback', async () => {
    await using auth = await startAuthorizationServer();
    await using bench = await openOauthBench();
    const server = await bench.addServer({ serverUrl: auth.mcpUrl });
    const redirectUri = 'https://app.example.com/done';
    const { url } = await beginMcpAuthorization(bench.context(), { id: server.id, redirectUri });
    const answer = await auth.approve(url);
    const input = { state: answer.get('state') ?? '', code: answer.get('code') };
    const by = (tenant?: string) => finishMcpAuthorization(bench.context(tenant), input);
    await expect(finish(bench, answer)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(by('other-tenant')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await by()).toEqual({ tenant: bench.tenant, serverId: server.id });
  });

  it.each([
    ['another issuer', { iss: 'https://evil.example.com' }, 'FORBIDDEN'],
    ['no issuer where the server names itself', { iss: null }, 'FORBIDDEN'],
    ['a person who says no', { error: 'access_denied' }, 'UPSTREAM_FAILED'],
    ['a code that the server does not know', { code: 'forged' }, 'UPSTREAM_FAILED'],
    ['no code', { code: null }, 'INVALID_INPUT'],
  ])('refuses %s, and the state is spent', async (_, change, code) => {
    await using auth = await startAuthorizationServer();
    await using bench = await openOauthBench();
    auth.behaviour.issuer = { authorization_response_iss_parameter_supported: true };
    const server = await bench.addServer({ serverUrl: auth.mcpUrl });
    const { url } = await beginMcpAuthorization(bench.context(), { id: server.id });
    const answer = await auth.approve(url);
    const changed = new URLSearchParams(answer);
    for (const [name, value] of Object.entries(change)) {
      if (value === null) changed.delete(name);
      else changed.set(name, value);
    }
    await expect(finish(bench, changed)).rejects.toMatchObject({ code });
    await expect(finish(bench, answer)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await bench.rowOf(server)).toMatchObject({ version: '0', accessToken: null });
    expect(await bench.changesOf(server)).toEqual([]);
  });

  it('refuses to go on with a server that was changed meanwhile', async () => {
    await using auth = await startAuthorizationServer();
    await using bench = await openOauthBench();
    const server = await bench.addServer({ serverUrl: auth.mcpUrl });
    const { url } = await beginMcpAuthorization(bench.context(), { id: server.id });
    const answer = await auth.approve(url);
    await query(bench.fork(), `update mcp_servers set server_url = 'https://other.example.com'`);
    await expect(finish(bench, answer)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(auth.tokens).toEqual([]);
  });
});

import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Credential } from '../../src/calls/credential.js';
import { createOauthTokens } from '../../src/calls/oauth-tokens.js';
import { createHttpClient } from '../../src/upstream/create-http-client.js';

type Asked = { headers: IncomingHttpHeaders; form: Record<string, string> };
type Answer = { status?: number; body: unknown; headers?: Record<string, string> };

/** A token endpoint on 127.0.0.1, with a clock that stands still until it is moved. */
async function aTokenServer(answer: (asked: Asked, index: number) => Answer | Promise<Answer>) {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const entry = {
      headers: request.headers,
      form: Object.fromEntries(new URLSearchParams(body)),
    };
    asked.push(entry);
    const { status = 200, body: json, headers } = await answer(entry, asked.length - 1);
    response.writeHead(status, headers).end(JSON.stringify(json));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const http = createHttpClient({ allow: ['127.0.0.1'] });
  let now = Date.parse('2026-11-21T10:00:00Z');
  const credential: Credential = {
    scheme: 'oauth',
    kind: 'oauth2',
    clientId: 'cli:ent ü',
    clientSecret: 's3cr&t+/',
    tokenUrl: `http://127.0.0.1:${port}/token`,
  };
  return {
    asked,
    credential,
    tokens: createOauthTokens({ http, clock: { now: () => new Date(now) }, timeoutMs: 2_000 }),
    pass: (seconds: number) => {
      now += seconds * 1_000;
    },
    [Symbol.asyncDispose]: async () => {
      await http[Symbol.asyncDispose]();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const numbered = (_: Asked, index: number): Answer => ({
  body: { access_token: `token-${index}`, token_type: 'Bearer', expires_in: 600 },
});

describe('tokenFor', () => {
  it('asks by client credentials with HTTP Basic, encoded as RFC 6749 says, and names the scopes', async () => {
    await using server = await aTokenServer(numbered);
    const { credential, tokens, asked } = server;
    expect(await tokens.tokenFor({ credential, scopes: ['read', 'write'] })).toBe('token-0');
    expect(asked[0]?.form).toEqual({ grant_type: 'client_credentials', scope: 'read write' });
    const pair = Buffer.from(asked[0]?.headers.authorization?.slice(6) ?? '', 'base64').toString();
    expect(pair).toBe('cli%3Aent+%C3%BC:s3cr%26t%2B%2F');
  });

  it('asks for the scopes of the credential where it has some', async () => {
    await using server = await aTokenServer(numbered);
    const credential = { ...server.credential, scopes: ['own'] };
    await server.tokens.tokenFor({ credential, scopes: ['read'] });
    expect(server.asked[0]?.form.scope).toBe('own');
  });

  it('puts the client into the body where the server does not look elsewhere, and remembers that', async () => {
    await using server = await aTokenServer(({ form }, index) =>
      form.client_secret === 's3cr&t+/' && form.client_id === 'cli:ent ü'
        ? numbered({ headers: {}, form }, index)
        : { status: 401, body: { error: 'invalid_client' } },
    );
    const { credential, tokens, asked } = server;
    expect(await tokens.tokenFor({ credential, scopes: [] })).toBe('token-1');
    server.pass(600);
    expect(await tokens.tokenFor({ credential, scopes: [] })).toBe('token-2');
    expect(asked).toHaveLength(3);
    expect(asked[2]?.headers.authorization).toBeUndefined();
  });

  it('remembers a token until shortly before it ends', async () => {
    await using server = await aTokenServer(numbered);
    const { credential, tokens } = server;
    const request = { credential, scopes: [] };
    expect(await tokens.tokenFor(request)).toBe('token-0');
    server.pass(539);
    expect(await tokens.tokenFor(request)).toBe('token-0');
    server.pass(1);
    expect(await tokens.tokenFor(request)).toBe('token-1');
  });

  it.each<[unknown, number, string]>([
    [undefined, 269, 'token-0'],
    [undefined, 271, 'token-1'],
    ['600', 539, 'token-0'],
    [0, 0, 'token-1'],
    [-5, 0, 'token-1'],
    ['soon', 269, 'token-0'],
  ])('with expires_in %j, %i seconds later: %s', async (expires_in, seconds, expected) => {
    await using server = await aTokenServer((_, index) => ({
      body: { access_token: `token-${index}`, expires_in },
    }));
    const request = { credential: server.credential, scopes: [] };
    await server.tokens.tokenFor(request);
    server.pass(seconds);
    expect(await server.tokens.tokenFor(request)).toBe(expected);
  });

  it('asks once for all who wait, and anew for other scopes, clients and stale tokens', async () => {
    const held = Promise.withResolvers<void>();
    await using server = await aTokenServer(async (asked, index) => {
      await held.promise;
      return numbered(asked, index);
    });
    const { credential, tokens } = server;
    const same = Array.from({ length: 20 }, () =>
      tokens.tokenFor({ credential, scopes: ['a', 'b'] }),
    );
    const reordered = tokens.tokenFor({ credential, scopes: ['b', 'a'] });
    held.resolve();
    const [first, ...others] = await Promise.all([...same, reordered]);
    expect(new Set(others)).toEqual(new Set([first]));
    expect(server.asked).toHaveLength(1);
    await tokens.tokenFor({ credential, scopes: ['a'] });
    await tokens.tokenFor({ credential: { ...credential, clientSecret: 'other' }, scopes: ['a'] });
    expect(server.asked).toHaveLength(3);
    const renewed = await Promise.all(
      [1, 2, 3].map(() => tokens.tokenFor({ credential, scopes: ['a', 'b'], stale: first ?? '' })),
    );
    expect(new Set(renewed)).toEqual(new Set(['token-3']));
    expect(await tokens.tokenFor({ credential, scopes: ['a', 'b'], stale: first ?? '' })).toBe(
      'token-3',
    );
  });

  it('lets one who waits go without taking the token from the others', async () => {
    const held = Promise.withResolvers<void>();
    await using server = await aTokenServer(async (asked, index) => {
      await held.promise;
      return numbered(asked, index);
    });
    const { credential, tokens } = server;
    const caller = new AbortController();
    const leaving = tokens.tokenFor({ credential, scopes: [], signal: caller.signal });
    const staying = tokens.tokenFor({ credential, scopes: [] });
    caller.abort(new Error('gone'));
    await expect(leaving).rejects.toThrow('gone');
    held.resolve();
    expect(await staying).toBe('token-0');
    expect(server.asked).toHaveLength(1);
  });

  it('does not remember a failure', async () => {
    await using server = await aTokenServer((asked, index) =>
      index === 0 ? { status: 500, body: {} } : numbered(asked, index),
    );
    const request = { credential: server.credential, scopes: [] };
    await expect(server.tokens.tokenFor(request)).rejects.toMatchObject({
      code: 'UPSTREAM_FAILED',
    });
    expect(await server.tokens.tokenFor(request)).toBe('token-1');
  });

  it.each<[string, Answer, RegExp]>([
    [
      'an error that repeats the secret',
      { status: 400, body: { error: 'invalid_scope', error_description: 's3cr&t+/' } },
      /^The token endpoint at "127\.0\.0\.1:\d+" answered with status 400 \(invalid_scope\)\.$/,
    ],
    ['an error that is no code', { status: 403, body: { error: 's3cr&t+/' } }, /status 403\.$/],
    ['a redirect', { status: 302, body: {}, headers: { location: '/x' } }, /status 302\.$/],
    ['no token', { body: {} }, /gave no access token/],
    ['no object', { body: [] }, /gave no access token/],
    ['a token with a line break', { body: { access_token: 'a\r\nx: y' } }, /gave no access token/],
    [
      'another type',
      { body: { access_token: 'a', token_type: 'mac' } },
      /another type than Bearer/,
    ],
  ])('refuses %s and tells no secret', async (_, answer, message) => {
    await using server = await aTokenServer(() => answer);
    const failure = server.tokens.tokenFor({ credential: server.credential, scopes: [] });
    await expect(failure).rejects.toMatchObject({
      code: 'UPSTREAM_FAILED',
      message: expect.stringMatching(message),
    });
    await failure.catch((error: Error) => expect(error.message).not.toContain('s3cr'));
  });

  it('goes through the egress guard', async () => {
    await using server = await aTokenServer(numbered);
    const credential = { ...server.credential, tokenUrl: 'http://169.254.169.254/token' };
    await expect(server.tokens.tokenFor({ credential, scopes: [] })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
  });

  it('needs a whole credential', async () => {
    await using server = await aTokenServer(numbered);
    const { tokenUrl: _tokenUrl, ...credential } = server.credential;
    await expect(server.tokens.tokenFor({ credential, scopes: [] })).rejects.toMatchObject({
      code: 'NOT_CONFIGURED',
    });
  });
});

import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { query } from '../../src/storage/sql.js';
import { startAuthorizationServer } from '../support/authorization-server.js';
import { asking, openOauthBench } from './oauth-bench.js';

type Bench = Awaited<ReturnType<typeof openOauthBench>>;
type Server = Awaited<ReturnType<typeof startAuthorizationServer>>;

/** A registered server whose tokens came from its authorization server. */
async function anAuthorizedServer(bench: Bench, auth: Server, expiresInSeconds = 3600) {
  auth.addClient('us', 'our-secret');
  const issued = auth.issue('us');
  const server = await bench.addServer({
    serverUrl: auth.mcpUrl,
    clientId: 'us',
    clientSecret: 'our-secret',
    tokenUrl: `${auth.issuer}/token`,
    expiresInSeconds,
    ...issued,
  });
  return { server, ...issued, header: `Bearer ${issued.accessToken}` };
}

describe('authorize', () => {
  it('gives the stored token while it lasts, and asks nobody', async () => {
    await using auth = await startAuthorizationServer();
    await using bench = await openOauthBench();
    const { server, header } = await anAuthorizedServer(bench, auth);
    expect(await bench.aProcess().authorize(server, asking())).toBe(header);
    expect(auth.tokens).toEqual([]);
  });

  it('gives nothing to a server for which nothing is stored, and another tenant finds none', async () => {
    await using bench = await openOauthBench();
    const server = await bench.addServer({ serverUrl: 'https://mcp.example.com/mcp' });
    const tokens = bench.aProcess();
    expect(await tokens.authorize(server, asking())).toBeNull();
    const elsewhere = { ...server, tenant: 'someone-else' };
    await expect(tokens.authorize(elsewhere, asking())).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('renews a token before it ends and stores what came before it is used', async () => {
    await using auth = await startAuthorizationServer();
    await using bench = await openOauthBench();
    const { server, header, refreshToken } = await anAuthorizedServer(bench, auth, 20);
    const given = await bench.aProcess().authorize(server, asking());
    expect(given).not.toBe(header);
    expect(auth.accepts(given)).toBe(true);
    const row = await bench.rowOf(server);
    expect(`Bearer ${row.accessToken}`).toBe(given);
    expect(row.refreshToken).not.toBe(refreshToken);
    expect(row).toMatchObject({ version: '1', status: 'READY', refresh_lease_owner: null });
    expect(auth.tokens[0]?.form).toMatchObject({ resource: auth.mcpUrl });
  });

  it('renews a token that the server did not take, and serves the others what came', async () => {
    await using auth = await startAuthorizationServer();
    await using bench = await openOauthBench();
    const { server, header } = await anAuthorizedServer(bench, auth);
    const [one, other] = [bench.aProcess(), bench.aProcess()];
    const renewed = await one.authorize(server, asking(header));
    expect(renewed).not.toBe(header);
    expect(await other.authorize(server, asking(header))).toBe(renewed);
    expect(auth.tokens).toHaveLength(1);
  });

  it('renews once however many ask in two processes at once', async () => {
    await using auth = await startAuthorizationServer();
    await using bench = await openOauthBench();
    const { server, header } = await anAuthorizedServer(bench, auth);
    const processes = [bench.aProcess(), bench.aProcess()];
    const held = auth.hold();
    const asked = Array.from({ length: 40 }, (_, index) =>
      processes[index % 2]?.authorize(server, asking(header)),
    );
    await held.came;
    held.release();
    const given = new Set(await Promise.all(asked));
    expect(given.size).toBe(1);
    expect(auth.accepts([...given][0] ?? null)).toBe(true);
    expect(auth.tokens).toHaveLength(1);
    expect(auth.reuses()).toBe(0);
  });

  it('keeps the refresh token where the server does not rotate it, and lives with tokens that end at once', async () => {
    await using auth = await startAuthorizationServer();
    await using bench = await openOauthBench();
    auth.behaviour.lifetimeSeconds = 0;
    auth.behaviour.isRotating = false;
    const { server, header, refreshToken } = await anAuthorizedServer(bench, auth);
    const given = await bench.aProcess().authorize(server, asking(header));
    expect(given).not.toBe(header);
    expect(await bench.rowOf(server)).toMatchObject({ refreshToken });
    expect(auth.tokens).toHaveLength(1);
  });

  it('waits for the lease of a process that died, and no longer', async () => {
    await using auth = await startAuthorizationServer();
    await using bench = await openOauthBench();
    const { server, header } = await anAuthorizedServer(bench, auth);
    await query(
      bench.fork(),
      `update mcp_servers set refresh_lease_owner = $1::uuid,
         refresh_lease_until = clock_timestamp() + interval '400 milliseconds' where id = $2::uuid`,
      [randomUUID(), server.id],
    );
    const from = performance.now();
    const given = await bench.aProcess().authorize(server, asking(header));
    expect(performance.now() - from).toBeGreaterThan(300);
    expect(auth.accepts(given)).toBe(true);
    expect(auth.tokens).toHaveLength(1);
  });

  it('lets one caller leave without losing what comes for the others', async () => {
    await using auth = await startAuthorizationServer();
    await using bench = await openOauthBench();
    const { server, header } = await anAuthorizedServer(bench, auth);
    const tokens = bench.aProcess();
    const held = auth.hold();
    const leaving = new AbortController();
    const left = tokens.authorize(server, { ...asking(header), signal: leaving.signal });
    await held.came;
    leaving.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    held.release();
    await tokens[Symbol.asyncDispose]();
    expect(await bench.rowOf(server)).toMatchObject({ version: '1' });
  });
});

describe('authorize while the database fails', () => {
  it('keeps tokens that cannot be stored, gives them to nobody, and stores them later', async () => {
    await using auth = await startAuthorizationServer();
    await using bench = await openOauthBench();
    const { server, header } = await anAuthorizedServer(bench, auth);
    let isDown = false;
    const tokens = bench.aProcess({
      leaseMs: 700,
      fork: () => {
        if (isDown) throw new Error('The database is down.');
        return bench.fork();
      },
    });
    const held = auth.hold();
    const asked = tokens.authorize(server, asking(header));
    await held.came;
    isDown = true;
    held.release();
    await expect(asked).rejects.toThrow('The database is down.');
    isDown = false;
    const given = await tokens.authorize(server, asking(header));
    expect(auth.accepts(given)).toBe(true);
    expect(`Bearer ${(await bench.rowOf(server)).accessToken}`).toBe(given);
    expect(auth.tokens).toHaveLength(1);
  });
});

describe('a token that is remembered', () => {
  it('is given without a look at its row until it ends or is refused', async () => {
    await using auth = await startAuthorizationServer();
    await using bench = await openOauthBench();
    const { server, header } = await anAuthorizedServer(bench, auth, 300);
    let looks = 0;
    const tokens = bench.aProcess({
      rememberMs: 60_000,
      fork: () => {
        looks += 1;
        return bench.fork();
      },
    });
    for (let time = 0; time < 3; time += 1) {
      expect(await tokens.authorize(server, asking())).toBe(header);
    }
    expect(looks).toBe(1);
    const second = await tokens.authorize(server, asking(header));
    expect(second).not.toBe(header);
    expect(await tokens.authorize(server, asking())).toBe(second);
    bench.pass(3_601);
    expect(await tokens.authorize(server, asking())).not.toBe(second);
  });

  it('may be none: a server without tokens is looked at once, until it asks for one', async () => {
    await using bench = await openOauthBench();
    const server = await bench.addServer({ serverUrl: 'https://mcp.example.com/mcp' });
    let looks = 0;
    const tokens = bench.aProcess({
      rememberMs: 60_000,
      fork: () => {
        looks += 1;
        return bench.fork();
      },
    });
    const asked = Array.from({ length: 5 }, () => tokens.authorize(server, asking()));
    expect(await Promise.all(asked)).toEqual(asked.map(() => null));
    expect(await tokens.authorize(server, asking())).toBeNull();
    expect(looks).toBe(1);
    await query(
      bench.fork(),
      'update mcp_servers set access_token = to_jsonb($1::text) where id = $2::uuid',
      [bench.sealer.seal('a-token'), server.id],
    );
    expect(await tokens.authorize(server, asking(null, 'Bearer'))).toBe('Bearer a-token');
    expect(await tokens.authorize(server, asking())).toBe('Bearer a-token');
  });
});

describe('authorize when the authorization server says no', () => {
  it('marks the server once, with one change, and asks no more until tokens change', async () => {
    await using auth = await startAuthorizationServer();
    await using bench = await openOauthBench();
    const { server, header, refreshToken } = await anAuthorizedServer(bench, auth);
    auth.revokeAll();
    const processes = [bench.aProcess(), bench.aProcess()];
    const asked = Array.from({ length: 10 }, (_, index) =>
      processes[index % 2]?.authorize(server, asking(header)),
    );
    for (const { status, ...rest } of await Promise.allSettled(asked)) {
      expect({ status, ...rest }).toMatchObject({
        status: 'rejected',
        reason: { code: 'NOT_CONFIGURED', details: { needsAuthorization: true } },
      });
    }
    await expect(processes[0]?.authorize(server, asking(header))).rejects.toThrow();
    expect(auth.tokens).toHaveLength(1);
    expect(await bench.rowOf(server)).toMatchObject({ status: 'NEEDS_REAUTH', refreshToken });
    expect(await bench.changesOf(server)).toMatchObject([{ kind: 'MCP_SERVER_UPDATED' }]);

    const { accessToken } = auth.issue('us');
    await query(
      bench.fork(),
      `update mcp_servers set access_token = to_jsonb($1::text), token_version = token_version + 1 where id = $2::uuid`,
      [bench.sealer.seal(accessToken), server.id],
    );
    expect(await processes[0]?.authorize(server, asking())).toBe(`Bearer ${accessToken}`);
  });

  it.each([302, 404, 429, 500, 503])('takes %s for a passing failure', async (status) => {
    await using auth = await startAuthorizationServer();
    await using bench = await openOauthBench();
    const { server, header } = await anAuthorizedServer(bench, auth);
    const tokens = bench.aProcess();
    auth.behaviour.tokenStatus = status;
    await expect(tokens.authorize(server, asking(header))).rejects.toMatchObject({
      code: 'UPSTREAM_FAILED',
    });
    expect(await bench.rowOf(server)).toMatchObject({ status: 'READY', version: '0' });
    expect(await bench.changesOf(server)).toEqual([]);
    auth.behaviour.tokenStatus = null;
    expect(auth.accepts(await tokens.authorize(server, asking(header)))).toBe(true);
  });

  it('still uses a token that is about to end while no other is to be had', async () => {
    await using auth = await startAuthorizationServer();
    await using bench = await openOauthBench();
    const { server, header } = await anAuthorizedServer(bench, auth, 20);
    auth.behaviour.tokenStatus = 503;
    expect(await bench.aProcess().authorize(server, asking())).toBe(header);
    bench.pass(30);
    await expect(bench.aProcess().authorize(server, asking())).rejects.toMatchObject({
      code: 'UPSTREAM_FAILED',
    });
  });

  it('asks for a person when the answer to a rotation was lost', async () => {
    await using auth = await startAuthorizationServer();
    await using bench = await openOauthBench();
    const { server, header } = await anAuthorizedServer(bench, auth);
    const tokens = bench.aProcess();
    auth.behaviour.losesAnswers = true;
    await expect(tokens.authorize(server, asking(header))).rejects.toMatchObject({
      code: 'UPSTREAM_FAILED',
    });
    expect(await bench.rowOf(server)).toMatchObject({ status: 'READY', version: '0' });
    auth.behaviour.losesAnswers = false;
    await expect(tokens.authorize(server, asking(header))).rejects.toMatchObject({
      code: 'NOT_CONFIGURED',
    });
    expect(await bench.rowOf(server)).toMatchObject({ status: 'NEEDS_REAUTH' });
  });

  it('says nothing secret in logs, errors, changes and messages', async () => {
    await using auth = await startAuthorizationServer();
    await using bench = await openOauthBench();
    const { server, header, accessToken, refreshToken } = await anAuthorizedServer(bench, auth);
    auth.revokeAll();
    const tokens = bench.aProcess();
    const error = await tokens.authorize(server, asking(header)).catch((thrown: unknown) => thrown);
    const { status_message: message, oauth } = (await bench.rowOf(server)) as Record<
      string,
      unknown
    >;
    const changes = await bench.changesOf(server);
    const told = JSON.stringify([bench.lines, String(error), error, message, oauth, changes]);
    expect(told).toContain('invalid_grant');
    for (const secret of [accessToken, refreshToken, 'our-secret']) {
      expect(told).not.toContain(secret);
    }
  });
});

describe('authorize by client credentials', () => {
  async function anOwnServer(bench: Bench, auth: Server, extra: object = {}) {
    auth.addClient('machine', 'machine-secret');
    return bench.addServer({
      serverUrl: auth.mcpUrl,
      clientId: 'machine',
      clientSecret: 'machine-secret',
      ...extra,
    });
  }

  it('gets a token before the first request where the token URL is given', async () => {
    await using auth = await startAuthorizationServer();
    await using bench = await openOauthBench();
    const tokenUrl = `${auth.issuer}/token`;
    const server = await anOwnServer(bench, auth, { tokenUrl, scope: 'a b' });
    const given = await bench.aProcess().authorize(server, asking());
    expect(auth.accepts(given)).toBe(true);
    expect(auth.tokens).toMatchObject([
      { form: { grant_type: 'client_credentials', scope: 'a b', resource: auth.mcpUrl } },
    ]);
    expect(auth.paths).toEqual([]);
  });

  it('finds the token endpoint once the server asks, and the scopes that it asks for', async () => {
    await using auth = await startAuthorizationServer({ path: '/tenant/one' });
    await using bench = await openOauthBench();
    const server = await anOwnServer(bench, auth);
    const tokens = bench.aProcess();
    expect(await tokens.authorize(server, asking())).toBeNull();
    const challenge = 'Bearer scope="tools:call"';
    expect(auth.accepts(await tokens.authorize(server, asking(null, challenge)))).toBe(true);
    expect(auth.tokens[0]?.form.scope).toBe('tools:call');
    bench.pass(3600);
    expect(auth.accepts(await tokens.authorize(server, asking()))).toBe(true);
    expect(auth.paths).toHaveLength(2);
  });

  it.each([
    ['client_secret_basic', 'Basic '],
    ['client_secret_post', undefined],
  ])('shows itself by %s where the server says so', async (method, authorization) => {
    await using auth = await startAuthorizationServer();
    await using bench = await openOauthBench();
    auth.behaviour.authMethods = [method];
    const server = await anOwnServer(bench, auth);
    await bench.aProcess().authorize(server, asking(null, ''));
    expect(auth.tokens).toHaveLength(1);
    expect(auth.tokens[0]?.authorization?.slice(0, 6)).toBe(authorization);
  });

  it('signs with a private key where one is given, and never sends it', async () => {
    await using auth = await startAuthorizationServer();
    await using bench = await openOauthBench();
    auth.behaviour.authMethods = ['private_key_jwt'];
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const clientSecret = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const server = await bench.addServer({ serverUrl: auth.mcpUrl, clientId: 'key', clientSecret });
    expect(await bench.aProcess().authorize(server, asking(null, ''))).not.toBeNull();
    const [{ form } = { form: {} as Record<string, string> }] = auth.tokens;
    const { payload } = await jwtVerify(form.client_assertion ?? '', publicKey);
    expect(payload).toMatchObject({ iss: 'key', sub: 'key', aud: auth.issuer });
    expect(JSON.stringify(auth.tokens)).not.toContain('PRIVATE');
  });

  it('asks for more scopes when the server wants more, once', async () => {
    await using auth = await startAuthorizationServer();
    await using bench = await openOauthBench();
    const server = await anOwnServer(bench, auth, { tokenUrl: `${auth.issuer}/token`, scope: 'a' });
    const tokens = bench.aProcess();
    const first = await tokens.authorize(server, asking());
    const more = 'Bearer error="insufficient_scope", scope="b"';
    const second = await tokens.authorize(server, asking(first, more));
    expect(second).not.toBe(first);
    expect(auth.tokens[1]?.form.scope).toBe('a b');
    await expect(tokens.authorize(server, asking(second, more))).rejects.toMatchObject({
      code: 'NOT_CONFIGURED',
    });
    await expect(tokens.authorize(server, asking(second, more))).rejects.toThrow('(b)');
    expect(auth.tokens).toHaveLength(2);
    expect(await tokens.authorize(server, asking())).toBe(second);
    expect(await bench.changesOf(server)).toHaveLength(1);
  });

  it('never sends a given secret to another issuer than the first', async () => {
    await using auth = await startAuthorizationServer();
    await using other = await startAuthorizationServer();
    await using bench = await openOauthBench();
    const server = await anOwnServer(bench, auth);
    const tokens = bench.aProcess();
    const first = await tokens.authorize(server, asking(null, ''));
    auth.behaviour.resource = { authorization_servers: [other.issuer] };
    await query(
      bench.fork(),
      `update mcp_servers set oauth = (oauth::jsonb - 'discovered')::json where id = $1::uuid`,
      [server.id],
    );
    await expect(tokens.authorize(server, asking(first))).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    expect(other.tokens).toEqual([]);
  });
});

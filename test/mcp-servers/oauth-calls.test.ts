import { describe, expect, it } from 'vitest';
import { toTarget } from '../../src/mcp-servers/mcp-server-target.js';
import { createMcpSessions } from '../../src/upstream/mcp/create-mcp-sessions.js';
import { startAuthorizationServer } from '../support/authorization-server.js';
import { aTool, startMcpServer } from '../support/mcp-server.js';
import { openOauthBench } from './oauth-bench.js';

/** An MCP server that takes tokens of one authorization server, and two processes that have sessions with it. */
async function aProtectedServer() {
  await using stack = new AsyncDisposableStack();
  const auth = stack.use(await startAuthorizationServer());
  const bench = stack.use(await openOauthBench());
  let isScopeMissing = false;
  const mcp = stack.use(
    await startMcpServer({
      list: () => ({ tools: [aTool('echo')] }),
      intercept: ({ headers, message }, response) => {
        const isAccepted = auth.accepts(headers.authorization ?? null);
        const lacksScope = isScopeMissing && message?.method === 'tools/call';
        if (isAccepted && !lacksScope) return false;
        const error = isAccepted ? 'insufficient_scope", scope="tools:write' : 'invalid_token';
        response.writeHead(isAccepted ? 403 : 401, {
          'www-authenticate': `Bearer error="${error}"`,
        });
        response.end();
        return true;
      },
    }),
  );
  auth.addClient('us', 'our-secret');
  const server = await bench.addServer({
    serverUrl: mcp.url,
    clientId: 'us',
    clientSecret: 'our-secret',
    tokenUrl: `${auth.issuer}/token`,
    ...auth.issue('us'),
  });
  const row = { id: server.id, tenantId: server.tenant, serverUrl: mcp.url };
  const processes = [1, 2].map(() => {
    const sessions = stack.use(createMcpSessions({ http: bench.http, logger: bench.logger }));
    const target = toTarget({ ...row, transport: null, timeoutSeconds: 10 }, bench.aProcess());
    const call = { name: 'echo', arguments: {}, maxBytes: 100_000, timeoutMs: 10_000 };
    return {
      list: () => sessions.listTools(target),
      call: () => sessions.callTool(target, call),
    };
  });
  const held = stack.move();
  return {
    ...{ auth, bench, server, processes },
    wantMoreScope: () => {
      isScopeMissing = true;
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

describe('a call of a tool whose token has ended', () => {
  it('comes through with another one, asked for once by two processes at once', async () => {
    await using scene = await aProtectedServer();
    const { auth, processes, bench } = scene;
    for (const { list } of processes) expect((await list()).tools).toHaveLength(1);
    auth.expireAll();
    const calls = Array.from({ length: 10 }, (_, index) => processes[index % 2]?.call());
    for (const result of await Promise.all(calls)) expect(result?.isError).toBe(false);
    expect(auth.tokens).toHaveLength(1);
    expect(auth.reuses()).toBe(0);
    expect(await bench.rowOf(scene.server)).toMatchObject({ version: '1' });
  });

  it('fails with a sentence when no other is to be had, and asks once', async () => {
    await using scene = await aProtectedServer();
    const { auth, processes, bench, server } = scene;
    for (const { list } of processes) await list();
    auth.revokeAll();
    const calls = Array.from({ length: 6 }, (_, index) => processes[index % 2]?.call());
    for (const settled of await Promise.allSettled(calls)) {
      expect(settled).toMatchObject({ status: 'rejected', reason: { code: 'NOT_CONFIGURED' } });
    }
    expect(auth.tokens).toHaveLength(1);
    expect(await bench.rowOf(server)).toMatchObject({ status: 'NEEDS_REAUTH' });
    expect(await bench.changesOf(server)).toHaveLength(1);
  });

  it('asks a person for a scope that the token lacks, and goes on with the token for the rest', async () => {
    await using scene = await aProtectedServer();
    const { auth, processes } = scene;
    const [first] = processes;
    await first?.list();
    scene.wantMoreScope();
    await expect(first?.call()).rejects.toThrow('tools:write');
    expect((await first?.list())?.tools).toHaveLength(1);
    expect(auth.tokens).toEqual([]);
  });
});

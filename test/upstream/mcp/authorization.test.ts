import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../../../src/errors.js';
import { createHttpClient } from '../../../src/upstream/create-http-client.js';
import { createMcpFetch } from '../../../src/upstream/mcp/create-mcp-fetch.js';
import type { McpAuthorizeRequest } from '../../../src/upstream/mcp/mcp-sessions.js';
import {
  type McpServerOptions,
  type SeenRequest,
  startMcpServer,
} from '../../support/mcp-server.js';
import { aCall, aTarget, openTestSessions } from '../../support/mcp-target.js';

/** Takes the tokens that are in the set, and refuses everything else. */
function guarding(tokens: Set<string>, refusal = { status: 401, challenge: 'Bearer realm="x"' }) {
  return ({ headers }: SeenRequest, response: import('node:http').ServerResponse): boolean => {
    if (tokens.has(headers.authorization ?? '')) return false;
    response.writeHead(refusal.status, { 'www-authenticate': refusal.challenge }).end();
    return true;
  };
}

/** Answers with one value after another, and notes what it was asked. */
function giving(...values: (string | null)[]) {
  const asked: Omit<McpAuthorizeRequest, 'signal'>[] = [];
  let index = 0;
  const authorize = async ({ stale, challenge }: McpAuthorizeRequest) => {
    asked.push({ stale, challenge });
    if (challenge !== null) index = Math.min(index + 1, values.length - 1);
    return values[index] ?? null;
  };
  return { asked, authorize };
}

describe('authorization', () => {
  it.each<[string, McpServerOptions]>([
    ['2025-11-25', {}],
    ['2026-07-28', { mode: 'modern' }],
  ])('goes with every request: %s', async (_title, options) => {
    await using server = await startMcpServer(options);
    {
      await using sessions = openTestSessions();
      const target = aTarget(server.url, { authorize: async () => 'Bearer one' });
      await sessions.listTools(target);
      await sessions.callTool(target, aCall());
    }
    expect(new Set(server.seen.map(({ headers }) => headers.authorization))).toEqual(
      new Set(['Bearer one']),
    );
  });

  it('is asked for once more after a 401, and what it gives is sent', async () => {
    await using server = await startMcpServer({ intercept: guarding(new Set(['Bearer new'])) });
    await using sessions = openTestSessions();
    const { authorize, asked } = giving('Bearer old', 'Bearer new');
    await sessions.listTools(aTarget(server.url, { authorize }));
    expect(asked.slice(0, 2)).toEqual([
      { stale: null, challenge: null },
      { stale: 'Bearer old', challenge: 'Bearer realm="x"' },
    ]);
    expect(asked.filter(({ challenge }) => challenge !== null)).toHaveLength(1);
  });

  it('that expires between two calls is renewed, and the call is made once', async () => {
    const tokens = new Set(['Bearer old']);
    const call = vi.fn(() => ({ content: [] }));
    await using server = await startMcpServer({ intercept: guarding(tokens), call });
    await using sessions = openTestSessions();
    const { authorize } = giving('Bearer old', 'Bearer new');
    const target = aTarget(server.url, { authorize });
    await sessions.callTool(target, aCall());
    tokens.clear();
    tokens.add('Bearer new');
    await sessions.callTool(target, aCall());
    expect(call).toHaveBeenCalledTimes(2);
    expect(server.count('initialize')).toBe(1);
  });

  it('that needs a wider scope is asked for with the challenge', async () => {
    const challenge = 'Bearer error="insufficient_scope", scope="tools:call"';
    const tokens = new Set(['Bearer wide']);
    const guard = guarding(tokens, { status: 403, challenge });
    await using server = await startMcpServer({
      intercept: (seen, response) => seen.message?.method === 'tools/call' && guard(seen, response),
    });
    await using sessions = openTestSessions();
    const { authorize, asked } = giving('Bearer narrow', 'Bearer wide');
    await sessions.callTool(aTarget(server.url, { authorize }), aCall());
    expect(asked).toContainEqual({ stale: 'Bearer narrow', challenge });
  });

  it.each([
    [401, 'Bearer'],
    [403, 'Bearer error="insufficient_scope"'],
  ])('that has nothing else to offer ends with status %i', async (status, challenge) => {
    await using server = await startMcpServer({
      intercept: guarding(new Set(), { status, challenge }),
    });
    await using sessions = openTestSessions();
    const target = aTarget(server.url, { authorize: async () => 'Bearer same' });
    await expect(sessions.callTool(target, aCall())).rejects.toMatchObject({
      code: 'UPSTREAM_FAILED',
      details: { status, mayHaveRun: false },
    });
    expect(server.seen).toHaveLength(1);
  });

  it('that is refused whatever it gives is asked for no more than once', async () => {
    await using server = await startMcpServer({ intercept: guarding(new Set()) });
    await using sessions = openTestSessions();
    const { authorize, asked } = giving('Bearer one', 'Bearer two', 'Bearer three', 'Bearer four');
    await expect(
      sessions.callTool(aTarget(server.url, { authorize }), aCall()),
    ).rejects.toMatchObject({ details: { status: 401, mayHaveRun: false } });
    expect(server.seen).toHaveLength(2);
    expect(asked).toHaveLength(2);
  });

  it('a plain 403 is not asked about', async () => {
    await using server = await startMcpServer({
      intercept: guarding(new Set(), { status: 403, challenge: 'Bearer error="invalid_token"' }),
    });
    await using sessions = openTestSessions();
    const { authorize, asked } = giving('Bearer one', 'Bearer two');
    await expect(sessions.listTools(aTarget(server.url, { authorize }))).rejects.toMatchObject({
      details: { status: 403 },
    });
    expect(asked).toHaveLength(1);
  });

  it('that cannot be had is told as it is, and nothing is sent', async () => {
    await using server = await startMcpServer();
    await using sessions = openTestSessions();
    const refusal = new AppError('NOT_CONFIGURED', 'A person has to act.');
    const authorize = () => Promise.reject(refusal);
    await expect(sessions.callTool(aTarget(server.url, { authorize }), aCall())).rejects.toBe(
      refusal,
    );
    expect(server.seen).toEqual([]);
  });

  it('stays with the origin of the target, wherever a request goes', async () => {
    await using own = await startMcpServer();
    await using other = await startMcpServer();
    await using http = createHttpClient({ allow: ['127.0.0.1'] });
    const fetch = createMcpFetch({
      http,
      exchanges: new AsyncLocalStorage(),
      target: aTarget(own.url, { authorize: async () => 'Bearer secret' }),
      transport: 'STREAMABLE_HTTP',
    });
    for (const { url } of [own, other]) await fetch(url, { method: 'POST', body: '{}' });
    expect(own.seen[0]?.headers.authorization).toBe('Bearer secret');
    expect(other.seen[0]?.headers.authorization).toBeUndefined();
  });

  it('of the target that was given last is the one that is asked', async () => {
    await using server = await startMcpServer();
    await using sessions = openTestSessions();
    await sessions.callTool(aTarget(server.url, { authorize: async () => 'Bearer one' }), aCall());
    await sessions.callTool(aTarget(server.url, { authorize: async () => 'Bearer two' }), aCall());
    expect(server.seen.at(-1)?.headers.authorization).toBe('Bearer two');
    expect(server.count('initialize')).toBe(1);
  });
});

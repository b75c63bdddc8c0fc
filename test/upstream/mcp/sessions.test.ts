import { describe, expect, it, vi } from 'vitest';
import { startFaultyServer } from '../../support/faulty-server.js';
import { type McpServerOptions, startMcpServer } from '../../support/mcp-server.js';
import { aCall, aTarget, openTestSessions } from '../../support/mcp-target.js';
import { startSseMcpServer } from '../../support/sse-mcp-server.js';

const kinds: [string, McpServerOptions][] = [
  ['sessions and event streams', { mode: 'sessions' }],
  ['sessions and JSON', { mode: 'sessions', json: true }],
  ['no sessions and event streams', { mode: 'stateless' }],
  ['no sessions and JSON', { mode: 'stateless', json: true }],
  ['revision 2026-07-28', { mode: 'modern' }],
];

describe('a server', () => {
  it.each(kinds)('is listed and called: %s', async (_title, options) => {
    await using server = await startMcpServer(options);
    await using sessions = openTestSessions();
    const target = aTarget(server.url);
    expect(await sessions.listTools(target)).toMatchObject({
      tools: [{ name: 'echo', inputSchema: { type: 'object' } }],
      skipped: [],
      transport: 'STREAMABLE_HTTP',
    });
    expect(await sessions.callTool(target, aCall({ arguments: { a: 1 } }))).toMatchObject({
      content: [{ type: 'text', text: '{"name":"echo","arguments":{"a":1}}' }],
      isError: false,
    });
    expect(server.count('initialize')).toBe(options.mode === 'modern' ? 0 : 1);
  });

  it('that speaks the older transport alone is found to do so', async () => {
    await using server = await startSseMcpServer();
    await using sessions = openTestSessions();
    const target = aTarget(server.url);
    expect(await sessions.listTools(target)).toMatchObject({
      tools: [{ name: 'older' }],
      transport: 'SSE',
    });
    const known = aTarget(server.url, { transport: 'SSE' });
    expect(await sessions.callTool(known, aCall({ name: 'older' }))).toMatchObject({
      content: [{ text: 'did older' }],
    });
    expect(server.streams()).toBe(1);
  });

  it('that was upgraded from the older transport is found again', async () => {
    await using server = await startMcpServer();
    await using sessions = openTestSessions();
    const target = aTarget(server.url, { transport: 'SSE' });
    expect(await sessions.listTools(target)).toMatchObject({ transport: 'STREAMABLE_HTTP' });
  });

  it.each([500, 200])(
    'of a 2025 revision may answer an unknown method with %i and nonsense',
    async (status) => {
      await using server = await startMcpServer({
        intercept: ({ message }, response) => {
          if (message?.method !== 'server/discover') return false;
          response.writeHead(status, { 'content-type': 'text/html' }).end('<p>Oops</p>');
          return true;
        },
      });
      await using sessions = openTestSessions();
      expect(await sessions.listTools(aTarget(server.url))).toMatchObject({
        tools: [{ name: 'echo' }],
      });
    },
  );

  it('that is none gets a sentence and no tools', async () => {
    await using server = await startMcpServer({
      intercept: (_seen, response) => {
        response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Welcome</h1>');
        return true;
      },
    });
    await using sessions = openTestSessions();
    await expect(sessions.listTools(aTarget(server.url))).rejects.toMatchObject({
      code: 'UPSTREAM_FAILED',
      message: '"127.0.0.1" answered with a content type that is neither JSON nor an event stream.',
      details: { mayHaveRun: false },
    });
  });

  it('that speaks no HTTP, or nothing, is told about', async () => {
    await using garbage = await startFaultyServer(({ socket }) => socket.end('hello\r\n\r\n'));
    await using mute = await startFaultyServer(() => {});
    await using sessions = openTestSessions();
    await expect(sessions.callTool(aTarget(garbage.url), aCall())).rejects.toMatchObject({
      code: 'UPSTREAM_FAILED',
      message: '"127.0.0.1" does not answer in HTTP.',
      details: { mayHaveRun: false },
    });
    const slow = aTarget(mute.url, { timeoutMs: 200 });
    await expect(sessions.callTool(slow, aCall({ timeoutMs: 100 }))).rejects.toMatchObject({
      code: 'UPSTREAM_TIMEOUT',
      details: { mayHaveRun: false },
    });
  });
});

describe('a session', () => {
  it('is opened once for many at a time, and kept', async () => {
    await using server = await startMcpServer();
    await using sessions = openTestSessions();
    const target = aTarget(server.url);
    await Promise.all(Array.from({ length: 20 }, () => sessions.callTool(target, aCall())));
    await sessions.listTools({ ...target });
    expect(server.count('initialize')).toBe(1);
    expect(server.count('tools/call')).toBe(20);
  });

  it('goes on for others when the one who opened it leaves', async () => {
    const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    await using server = await startMcpServer({
      intercept: async ({ message }) => {
        if (message?.method === 'initialize') {
          reach();
          await released;
        }
        return false;
      },
    });
    await using sessions = openTestSessions();
    const target = aTarget(server.url);
    const first = new AbortController();
    const leaving = sessions.callTool(target, aCall({ signal: first.signal }));
    await reached;
    const staying = sessions.callTool(target, aCall());
    first.abort(new Error('changed my mind'));
    await expect(leaving).rejects.toThrow('changed my mind');
    release();
    expect(await staying).toMatchObject({ isError: false });
    expect(server.count('initialize')).toBe(1);
  });

  it('that the server forgot is opened again, and the call is made once', async () => {
    await using server = await startMcpServer();
    await using sessions = openTestSessions();
    const target = aTarget(server.url);
    await sessions.callTool(target, aCall());
    server.forgetSessions();
    expect(await sessions.callTool(target, aCall())).toMatchObject({ isError: false });
    expect(server.count('initialize')).toBe(2);
  });

  it('is opened again after a failure, when the server is back', async () => {
    let isDown = true;
    await using server = await startMcpServer({
      intercept: (_seen, response) => {
        if (isDown) response.destroy();
        return isDown;
      },
    });
    await using sessions = openTestSessions();
    const target = aTarget(server.url);
    await expect(sessions.listTools(target)).rejects.toMatchObject({ code: 'UPSTREAM_FAILED' });
    isDown = false;
    expect(await sessions.listTools(target)).toMatchObject({ tools: [{ name: 'echo' }] });
  });

  it('is another one where the URL of its key changes', async () => {
    await using one = await startMcpServer();
    await using two = await startMcpServer();
    await using sessions = openTestSessions();
    await sessions.listTools(aTarget(one.url, { key: 'k' }));
    await sessions.listTools(aTarget(two.url, { key: 'k' }));
    expect(two.count('tools/list')).toBe(1);
    await expect.poll(() => one.seen.at(-1)?.method).toBe('DELETE');
  });

  it('that nobody uses is closed, and the server is told', async () => {
    await using server = await startMcpServer();
    await using sessions = openTestSessions({ idleMs: 50 });
    await sessions.listTools(aTarget(server.url));
    await expect.poll(() => server.seen.at(-1)?.method).toBe('DELETE');
    await sessions.listTools(aTarget(server.url));
    expect(server.count('initialize')).toBe(2);
  });

  it('makes room for another when there are too many, the one not used for the longest first', async () => {
    await using server = await startMcpServer();
    await using sessions = openTestSessions({ maxSessions: 2 });
    for (const key of ['a', 'b', 'a', 'c', 'a']) {
      await sessions.listTools(aTarget(server.url, { key }));
    }
    expect(server.count('initialize')).toBe(3);
    await sessions.listTools(aTarget(server.url, { key: 'b' }));
    expect(server.count('initialize')).toBe(4);
  });

  it('is refused when all that there may be are in use', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    await using server = await startMcpServer({
      call: async () => {
        await released;
        return { content: [] };
      },
    });
    await using sessions = openTestSessions({ maxSessions: 1 });
    const running = sessions.callTool(aTarget(server.url, { key: 'a' }), aCall());
    await expect(sessions.listTools(aTarget(server.url, { key: 'b' }))).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
    });
    release();
    await running;
  });

  it('that is dropped ends what runs in it', async () => {
    const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
    await using server = await startMcpServer({
      call: () => {
        reach();
        return new Promise(() => {});
      },
    });
    await using sessions = openTestSessions();
    const running = sessions.callTool(aTarget(server.url), aCall());
    await reached;
    sessions.drop(server.url);
    await expect(running).rejects.toMatchObject({
      code: 'UPSTREAM_FAILED',
      details: { mayHaveRun: true },
    });
  });

  it.each([...kinds])('leaves no connection open when all is over: %s', async (_title, options) => {
    await using server = await startMcpServer(options);
    {
      await using sessions = openTestSessions();
      await sessions.callTool(aTarget(server.url), aCall());
    }
    await expect.poll(() => server.openSockets()).toBe(0);
  });

  it('leaves no stream of the older transport open', async () => {
    await using server = await startSseMcpServer();
    {
      await using sessions = openTestSessions();
      await sessions.listTools(aTarget(server.url));
      expect(server.streams()).toBe(1);
    }
    await expect.poll(() => server.streams()).toBe(0);
  });

  it('of the older transport is opened again when its stream ended', async () => {
    await using server = await startSseMcpServer();
    await using sessions = openTestSessions();
    await sessions.listTools(aTarget(server.url));
    await server.endStreams();
    await expect.poll(() => server.streams()).toBe(0);
    expect(await sessions.callTool(aTarget(server.url), aCall({ name: 'older' }))).toMatchObject({
      content: [{ text: 'did older' }],
    });
  });
});

describe('a change of the tools', () => {
  it.each(['sessions' as const, 'modern' as const])(
    'is heard of from a server of the kind "%s", many at once as one',
    async (mode) => {
      await using server = await startMcpServer({ mode });
      await using sessions = openTestSessions();
      const heard = vi.fn();
      using _listening = sessions.onToolsChanged(heard);
      await sessions.listTools(aTarget(server.url, { key: 'the key' }));
      const isListening = () =>
        server.seen.some((s) => s.method === 'GET' || s.message?.method === 'subscriptions/listen');
      await expect.poll(isListening).toBe(true);
      await expect
        .poll(async () => {
          await server.toolsChanged();
          return heard.mock.calls.length;
        })
        .toBeGreaterThan(0);
      expect(heard).toHaveBeenCalledWith('the key');
    },
  );

  it('is heard of over the older transport', async () => {
    await using server = await startSseMcpServer();
    await using sessions = openTestSessions();
    const { promise: heard, resolve: hear } = Promise.withResolvers<string>();
    using _listening = sessions.onToolsChanged(hear);
    await sessions.listTools(aTarget(server.url, { key: 'k' }));
    await server.toolsChanged();
    expect(await heard).toBe('k');
  });

  it('is not told to a listener that left', async () => {
    await using server = await startSseMcpServer();
    await using sessions = openTestSessions();
    const left = vi.fn();
    sessions.onToolsChanged(left)[Symbol.dispose]();
    const { promise: heard, resolve: hear } = Promise.withResolvers<string>();
    using _listening = sessions.onToolsChanged(hear);
    await sessions.listTools(aTarget(server.url));
    await server.toolsChanged();
    await heard;
    expect(left).not.toHaveBeenCalled();
  });
});

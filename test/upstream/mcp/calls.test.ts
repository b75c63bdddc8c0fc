import { describe, expect, it, vi } from 'vitest';
import type { McpLogMessage, McpProgress } from '../../../src/upstream/mcp/mcp-sessions.js';
import { aTool, type McpServerOptions, startMcpServer } from '../../support/mcp-server.js';
import { aCall, aTarget, openTestSessions } from '../../support/mcp-target.js';
import { startSseMcpServer } from '../../support/sse-mcp-server.js';

const modes: [string, McpServerOptions][] = [
  ['2025-11-25', { mode: 'sessions' }],
  ['2025-11-25 in JSON', { mode: 'sessions', json: true }],
  ['2026-07-28', { mode: 'modern' }],
];

const never = () => new Promise<never>(() => {});

/** Answers a call with whatever bytes a test writes. */
function answeringCalls(
  answer: (response: import('node:http').ServerResponse, id: string | number) => void,
): McpServerOptions {
  return {
    intercept: ({ message }, response) => {
      if (message?.method !== 'tools/call') return false;
      answer(response, message.id ?? 0);
      return true;
    },
  };
}

describe('the result of a call', () => {
  it.each(modes)('keeps every kind of content as it came: %s', async (_title, options) => {
    const content = [
      { type: 'text', text: 'Ünïcode', annotations: { audience: ['user'], priority: 0.5 } },
      { type: 'image', data: 'aGk=', mimeType: 'image/png' },
      { type: 'audio', data: 'aGk=', mimeType: 'audio/wav' },
      { type: 'resource', resource: { uri: 'file:///a', mimeType: 'text/plain', text: 'a' } },
      { type: 'resource_link', uri: 'file:///b', name: 'b' },
    ];
    const structuredContent = { n: 1, deep: { list: [1, 'two', null] } };
    await using server = await startMcpServer({
      ...options,
      call: () => ({ content, structuredContent, isError: true, _meta: { 'x/y': 1 } }),
    });
    await using sessions = openTestSessions();
    const result = await sessions.callTool(aTarget(server.url), aCall());
    expect(result).toMatchObject({ content, structuredContent, isError: true });
    expect(result.meta).toMatchObject({ 'x/y': 1 });
  });

  it.each(['sessions' as const, 'modern' as const])(
    'keeps kinds of content that nobody knows yet: %s',
    async (mode) => {
      const content = [{ type: 'hologram', beams: 3 }];
      await using server = await startMcpServer({
        mode,
        ...answeringCalls((response, id) => {
          response.writeHead(200, { 'content-type': 'application/json' });
          const result = { content, resultType: 'complete' };
          response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
        }),
      });
      await using sessions = openTestSessions();
      const result = await sessions.callTool(aTarget(server.url), aCall());
      expect(result).toEqual({ content, isError: false });
    },
  );

  it('may break the schema that its tool promises', async () => {
    await using server = await startMcpServer({
      list: () => ({
        tools: [
          aTool('echo', {
            outputSchema: {
              type: 'object',
              required: ['n'],
              properties: { n: { type: 'number' } },
            },
          }),
        ],
      }),
      call: () => ({ content: [], structuredContent: { n: 'lies' } }),
    });
    await using sessions = openTestSessions();
    await sessions.listTools(aTarget(server.url));
    expect(await sessions.callTool(aTarget(server.url), aCall())).toEqual({
      content: [],
      structuredContent: { n: 'lies' },
      isError: false,
    });
  });

  it('that is no list of content is refused', async () => {
    await using server = await startMcpServer(
      answeringCalls((response, id) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ jsonrpc: '2.0', id, result: { content: 'text' } }));
      }),
    );
    await using sessions = openTestSessions();
    await expect(sessions.callTool(aTarget(server.url), aCall())).rejects.toMatchObject({
      code: 'UPSTREAM_FAILED',
      details: { mayHaveRun: true },
    });
  });

  it.each(modes)('that is too large is refused: %s', async (_title, options) => {
    await using server = await startMcpServer({
      ...options,
      call: () => ({ content: [{ type: 'text', text: 'x'.repeat(50_000) }] }),
    });
    await using sessions = openTestSessions();
    const target = aTarget(server.url);
    await expect(sessions.callTool(target, aCall({ maxBytes: 10_000 }))).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      details: { maxBytes: 10_000, mayHaveRun: true },
    });
    expect(await sessions.callTool(target, aCall())).toMatchObject({ isError: false });
  });

  it('that is too large is refused over the older transport', async () => {
    await using server = await startSseMcpServer({
      call: async () => ({ content: [{ type: 'text', text: 'x'.repeat(50_000) }] }),
    });
    await using sessions = openTestSessions();
    await expect(
      sessions.callTool(aTarget(server.url), aCall({ maxBytes: 10_000 })),
    ).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });

  it('that is an error of the protocol says so', async () => {
    await using server = await startMcpServer({
      call: () => {
        throw Object.assign(new Error('Tool nope not found'), { code: -32602 });
      },
    });
    await using sessions = openTestSessions();
    await expect(sessions.callTool(aTarget(server.url), aCall())).rejects.toMatchObject({
      code: 'UPSTREAM_FAILED',
      message: '"127.0.0.1" answered with an error: Tool nope not found (-32602).',
      details: { rpcCode: -32602, mayHaveRun: false },
    });
  });
});

describe('while a call runs', () => {
  it.each([modes[0] ?? ['', {}], modes[2] ?? ['', {}]])(
    'its progress and its log messages are passed on: %s',
    async (_title, options) => {
      await using server = await startMcpServer({
        ...options,
        call: async (_params, { mcpReq }) => {
          const progressToken = mcpReq._meta?.progressToken ?? 'none';
          for (const progress of [1, 2]) {
            const params = { progressToken, progress, total: 2, message: `step ${progress}` };
            await mcpReq.notify({ method: 'notifications/progress', params });
          }
          await mcpReq.log('info', { said: 'hello' }, 'the logger');
          return { content: [] };
        },
      });
      await using sessions = openTestSessions();
      const progress: McpProgress[] = [];
      const logs: McpLogMessage[] = [];
      await sessions.callTool(
        aTarget(server.url),
        aCall({ onProgress: (p) => progress.push(p), onLog: (message) => logs.push(message) }),
      );
      expect(progress).toEqual([
        { progress: 1, total: 2, message: 'step 1' },
        { progress: 2, total: 2, message: 'step 2' },
      ]);
      expect(logs).toEqual([{ level: 'info', logger: 'the logger', data: { said: 'hello' } }]);
    },
  );

  it('its log messages are passed on over the older transport where it runs alone', async () => {
    await using server = await startSseMcpServer();
    await using sessions = openTestSessions();
    const logs: McpLogMessage[] = [];
    await sessions.callTool(
      aTarget(server.url),
      aCall({ name: 'older', onLog: (message) => logs.push(message) }),
    );
    expect(logs).toEqual([{ level: 'info', data: 'doing older' }]);
  });

  it.each(modes)('an abort ends it and the server hears of it: %s', async (_title, options) => {
    const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
    const { promise: cancelled, resolve: cancel } = Promise.withResolvers<void>();
    await using server = await startMcpServer({
      ...options,
      call: (_params, { mcpReq }) => {
        mcpReq.signal.addEventListener('abort', () => cancel());
        reach();
        return never();
      },
    });
    await using sessions = openTestSessions();
    const controller = new AbortController();
    const running = sessions.callTool(
      aTarget(server.url),
      aCall({ signal: controller.signal, onProgress: () => {} }),
    );
    await reached;
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(running).rejects.toBe(reason);
    await cancelled;
  });

  it.each(modes)('its time may be up, whatever progress it makes: %s', async (_title, options) => {
    await using server = await startMcpServer({
      ...options,
      call: async (_params, { mcpReq }) => {
        const progressToken = mcpReq._meta?.progressToken ?? 'none';
        for (let progress = 1; !mcpReq.signal.aborted; progress += 1) {
          await mcpReq
            .notify({ method: 'notifications/progress', params: { progressToken, progress } })
            .catch(() => {});
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        return { content: [] };
      },
    });
    await using sessions = openTestSessions();
    await expect(
      sessions.callTool(aTarget(server.url), aCall({ timeoutMs: 300, onProgress: () => {} })),
    ).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT', details: { mayHaveRun: true } });
  });

  it('requests of the server are declined and its pings answered', async () => {
    const answers: unknown[] = [];
    await using server = await startMcpServer({
      call: async (_params, { mcpReq }) => {
        const ask = (method: 'ping' | 'roots/list') =>
          mcpReq.send({ method }).then(
            () => 'answered',
            (error: { code: number }) => error.code,
          );
        answers.push(await ask('ping'), await ask('roots/list'));
        return { content: [] };
      },
    });
    await using sessions = openTestSessions();
    await sessions.callTool(aTarget(server.url), aCall());
    expect(answers).toEqual(['answered', -32601]);
  });

  it('a server of 2026-07-28 that asks for input is told about', async () => {
    await using server = await startMcpServer({
      mode: 'modern',
      ...answeringCalls((response, id) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const result = { resultType: 'input_required', requestState: 'x' };
        response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
      }),
    });
    await using sessions = openTestSessions();
    await expect(sessions.callTool(aTarget(server.url), aCall())).rejects.toMatchObject({
      message: '"127.0.0.1" asks for more input, which nobody is there to give.',
    });
  });

  it('whether its request went out is told', async () => {
    await using server = await startMcpServer();
    await using sessions = openTestSessions();
    const onSent = vi.fn();
    await sessions.callTool(aTarget(server.url), aCall({ onSent }));
    expect(onSent).toHaveBeenCalledTimes(1);
  });
});

describe('a server that fails in the middle of a call', () => {
  it.each<[string, McpServerOptions, RegExp]>([
    [
      'dies before it answers',
      answeringCalls((response) => response.destroy()),
      /closed the connection before its answer was complete/,
    ],
    [
      'dies in the middle of an event stream',
      answeringCalls((response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n');
        setTimeout(() => response.destroy(), 20);
      }),
      /closed the connection before its answer was complete/,
    ],
    [
      'ends its event stream without a result',
      answeringCalls((response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).end(': hello\n\n');
      }),
      /ended its answer before the result was there/,
    ],
    [
      'says that it took the message, and no more',
      answeringCalls((response) => response.writeHead(202).end()),
      /ended its answer before the result was there/,
    ],
    [
      'answers with status 500',
      answeringCalls((response) => response.writeHead(500).end('no')),
      /answered with status 500/,
    ],
    [
      'answers with a page',
      answeringCalls((response) => {
        response.writeHead(200, { 'content-type': 'text/html' }).end('<p>hi</p>');
      }),
      /a content type that is neither JSON nor an event stream/,
    ],
    [
      'answers with broken JSON',
      answeringCalls((response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"jsonrpc":');
      }),
      /does not answer as an MCP server does/,
    ],
    [
      'answers with JSON that is no JSON-RPC',
      answeringCalls((response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"hello":1}');
      }),
      /does not answer as an MCP server does/,
    ],
  ])('%s: once called, told that it may have run', async (_title, options, sentence) => {
    await using server = await startMcpServer(options);
    await using sessions = openTestSessions();
    const target = aTarget(server.url);
    await expect(sessions.callTool(target, aCall())).rejects.toMatchObject({
      code: 'UPSTREAM_FAILED',
      message: expect.stringMatching(sentence),
      details: { mayHaveRun: true },
    });
    expect(server.count('tools/call')).toBe(1);
    expect(await sessions.listTools(target)).toMatchObject({ tools: [{ name: 'echo' }] });
  });

  it.each([
    [400, false],
    [403, false],
    [404, false],
    [429, false],
    [503, true],
  ])('answers with status %i: may have run is %s', async (status, mayHaveRun) => {
    await using server = await startMcpServer({
      mode: 'stateless',
      ...answeringCalls((response) => response.writeHead(status).end()),
    });
    await using sessions = openTestSessions();
    await expect(sessions.callTool(aTarget(server.url), aCall())).rejects.toMatchObject({
      code: 'UPSTREAM_FAILED',
      message: `"127.0.0.1" answered with status ${status}.`,
      details: { status, mayHaveRun },
    });
    expect(server.count('tools/call')).toBe(1);
  });

  it('streams without end and without a result: the time or the limit ends it', async () => {
    await using server = await startMcpServer(
      answeringCalls((response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        const timer = setInterval(() => response.write(`: ${'x'.repeat(1_000)}\n\n`), 5);
        response.on('close', () => clearInterval(timer));
      }),
    );
    await using sessions = openTestSessions();
    const target = aTarget(server.url);
    await expect(sessions.callTool(target, aCall({ timeoutMs: 200 }))).rejects.toMatchObject({
      code: 'UPSTREAM_TIMEOUT',
    });
    await expect(sessions.callTool(target, aCall({ maxBytes: 20_000 }))).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
    });
  });

  it('is half open: the time ends it', async () => {
    await using server = await startMcpServer(answeringCalls(() => {}));
    await using sessions = openTestSessions();
    await expect(
      sessions.callTool(aTarget(server.url), aCall({ timeoutMs: 200 })),
    ).rejects.toMatchObject({
      code: 'UPSTREAM_TIMEOUT',
      message: '"127.0.0.1" did not answer in time.',
      details: { mayHaveRun: true },
    });
  });

  it('holds its stream open after the time is up: the connection is closed all the same', async () => {
    const { promise: closed, resolve: close } = Promise.withResolvers<void>();
    await using server = await startMcpServer(
      answeringCalls((response) => {
        response.on('close', () => close());
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n');
      }),
    );
    await using sessions = openTestSessions();
    await expect(
      sessions.callTool(aTarget(server.url), aCall({ timeoutMs: 200 })),
    ).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
    await closed;
  });

  it('resumes: a stream that it ends with an event id is taken up again for the result', async () => {
    await using server = await startMcpServer({
      intercept: ({ message, method, headers }, response) => {
        if (message?.method === 'tools/call') {
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          response.end(`id: e-${message.id}\nretry: 10\ndata:\n\n`);
          return true;
        }
        const last = headers['last-event-id'];
        if (method !== 'GET' || typeof last !== 'string') return false;
        const id = Number(last.slice(2));
        const result = { content: [{ type: 'text', text: 'late' }] };
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.end(`data: ${JSON.stringify({ jsonrpc: '2.0', id, result })}\n\n`);
        return true;
      },
    });
    await using sessions = openTestSessions();
    expect(await sessions.callTool(aTarget(server.url), aCall())).toMatchObject({
      content: [{ text: 'late' }],
    });
    expect(server.count('tools/call')).toBe(1);
  });
});

describe('an argument that its tool wants in a header', () => {
  const list = () => ({
    tools: [
      aTool('routed', {
        inputSchema: {
          type: 'object',
          properties: { region: { type: 'string', 'x-mcp-header': 'Region' } },
        },
      }),
      aTool('wrong', {
        inputSchema: {
          type: 'object',
          properties: { n: { type: 'number', 'x-mcp-header': 'N' } },
        },
      }),
    ],
  });
  const call = aCall({ name: 'routed', arguments: { region: 'eu' } });

  it('is told in one to a server of 2026-07-28', async () => {
    await using server = await startMcpServer({ mode: 'modern', list });
    await using sessions = openTestSessions();
    const target = aTarget(server.url);
    expect(await sessions.listTools(target)).toMatchObject({
      tools: [{ name: 'routed' }],
      skipped: [{ name: 'wrong', reason: expect.stringMatching(/no string, integer or boolean/) }],
    });
    await sessions.callTool(target, call);
    expect(server.seen.at(-1)?.headers).toMatchObject({ 'mcp-param-region': 'eu' });
  });

  it('is told after a refusal where the tool was not listed before', async () => {
    await using server = await startMcpServer({
      mode: 'modern',
      list,
      intercept: ({ message, headers }, response) => {
        if (message?.method !== 'tools/call' || headers['mcp-param-region']) return false;
        const error = { code: -32020, message: 'Header mismatch' };
        response.writeHead(400, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, error }));
        return true;
      },
    });
    await using sessions = openTestSessions();
    expect(await sessions.callTool(aTarget(server.url), call)).toMatchObject({ isError: false });
    expect(server.count('tools/call')).toBe(2);
  });

  it('is not told so to a server of an earlier revision', async () => {
    await using server = await startMcpServer({ list });
    await using sessions = openTestSessions();
    expect(await sessions.listTools(aTarget(server.url))).toMatchObject({
      tools: [{ name: 'routed' }, { name: 'wrong' }],
    });
    await sessions.callTool(aTarget(server.url), call);
    expect(server.seen.some(({ headers }) => 'mcp-param-region' in headers)).toBe(false);
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { aTool, startMcpServer } from '../../support/mcp-server.js';
import { aTarget, openTestSessions } from '../../support/mcp-target.js';

const toPage = (size: number, count: number) => (cursor: string | undefined) => {
  const from = Number(cursor ?? 0);
  const tools = Array.from({ length: Math.min(size, count - from) }, (_, i) =>
    aTool(`tool_${from + i}`),
  );
  return { tools, ...(from + size < count && { nextCursor: String(from + size) }) };
};

describe('a list', () => {
  it('is read with all its pages, 10,000 tools among it', async () => {
    await using server = await startMcpServer({ list: toPage(500, 10_000), json: true });
    await using sessions = openTestSessions();
    const { tools } = await sessions.listTools(aTarget(server.url, { timeoutMs: 30_000 }));
    expect(tools).toHaveLength(10_000);
    expect(tools.at(-1)).toEqual(aTool('tool_9999'));
    expect(server.count('tools/list')).toBe(20);
  });

  it('may come in one page of 10,000 tools', async () => {
    await using server = await startMcpServer({ list: toPage(10_000, 10_000) });
    await using sessions = openTestSessions();
    const { tools } = await sessions.listTools(aTarget(server.url, { timeoutMs: 30_000 }));
    expect(tools).toHaveLength(10_000);
  });

  it('beyond 20,000 tools is refused', async () => {
    await using server = await startMcpServer({ list: toPage(5_000, 100_000), json: true });
    await using sessions = openTestSessions();
    await expect(
      sessions.listTools(aTarget(server.url, { timeoutMs: 30_000 })),
    ).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      message: '"127.0.0.1" lists more than 20000 tools.',
    });
    expect(server.count('tools/list')).toBe(5);
  });

  it('of endless pages is refused', async () => {
    let page = 0;
    await using server = await startMcpServer({
      json: true,
      list: () => {
        page += 1;
        return { tools: [], nextCursor: `page ${page}` };
      },
    });
    await using sessions = openTestSessions();
    await expect(
      sessions.listTools(aTarget(server.url, { timeoutMs: 30_000 })),
    ).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      message: '"127.0.0.1" lists more than 1000 pages of tools.',
    });
  });

  it('whose cursor comes again is refused', async () => {
    await using server = await startMcpServer({
      list: (cursor) => ({ tools: [aTool('a')], nextCursor: cursor === 'x' ? 'y' : 'x' }),
    });
    await using sessions = openTestSessions();
    await expect(sessions.listTools(aTarget(server.url))).rejects.toMatchObject({
      code: 'UPSTREAM_FAILED',
      message: '"127.0.0.1" gave the same cursor twice, so that its list of tools would never end.',
    });
    expect(server.count('tools/list')).toBe(3);
  });

  it('that changes between its pages has each tool once, as it was told last', async () => {
    await using server = await startMcpServer({
      list: (cursor) =>
        cursor === undefined
          ? { tools: [aTool('a'), aTool('b')], nextCursor: 'more' }
          : { tools: [aTool('b', { description: 'New.' }), aTool('c')] },
    });
    await using sessions = openTestSessions();
    const { tools } = await sessions.listTools(aTarget(server.url));
    expect(tools.map(({ name, description }) => [name, description])).toEqual([
      ['a', 'Does a.'],
      ['b', 'New.'],
      ['c', 'Does c.'],
    ]);
  });

  it.each(['ends its streams', 'leaves its streams open'])(
    'whose pages take their time is read where the server %s',
    async (way) => {
      const open = new Set<object>();
      await using server = await startMcpServer({
        intercept: async ({ message }, response) => {
          if (message?.method !== 'tools/list') return false;
          open.add(response);
          response.on('close', () => open.delete(response));
          const isLast = message.params?.cursor === 'more';
          if (isLast) await sleep(1_500);
          const result = isLast
            ? { tools: [aTool('second')] }
            : { tools: [aTool('first')], nextCursor: 'more' };
          const data = JSON.stringify({ jsonrpc: '2.0', id: message.id, result });
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          response.write(`event: message\ndata: ${data}\n\n`);
          if (way === 'ends its streams') response.end();
          return true;
        },
      });
      await using sessions = openTestSessions();
      const { tools } = await sessions.listTools(aTarget(server.url));
      expect(tools.map(({ name }) => name)).toEqual(['first', 'second']);
      await expect.poll(() => open.size, { timeout: 5_000 }).toBe(0);
    },
  );

  it('whose session is forgotten in the middle is read again from its start', async () => {
    let isForgotten = false;
    await using server = await startMcpServer({
      list: toPage(2, 6),
      intercept: ({ message }) => {
        if (message?.params?.cursor === '4' && !isForgotten) {
          isForgotten = true;
          server.forgetSessions();
        }
        return false;
      },
    });
    await using sessions = openTestSessions();
    const { tools } = await sessions.listTools(aTarget(server.url));
    expect(tools).toHaveLength(6);
  });

  it.each(['sessions' as const, 'modern' as const])(
    'leaves out what is no tool and says why: %s',
    async (mode) => {
      await using server = await startMcpServer({
        mode,
        intercept: ({ message }, response) => {
          if (message?.method !== 'tools/list') return false;
          const tools = [
            aTool('good', { title: 5, outputSchema: 'none', annotations: { readOnlyHint: true } }),
            { name: 'bare', inputSchema: {} },
            { name: 'a list', inputSchema: { type: 'array' } },
            { name: 'without schema' },
            { description: 'nameless' },
            'text',
            aTool('x'.repeat(300)),
          ];
          const meta = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' };
          const result = { ...(mode === 'modern' && meta), tools };
          response.writeHead(200, { 'content-type': 'application/json' });
          response.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, result }));
          return true;
        },
      });
      await using sessions = openTestSessions();
      const { tools, skipped } = await sessions.listTools(aTarget(server.url));
      expect(tools).toEqual([
        {
          name: 'good',
          description: 'Does good.',
          inputSchema: aTool('good').inputSchema,
          annotations: { readOnlyHint: true },
        },
        { name: 'bare', inputSchema: { type: 'object' } },
      ]);
      expect(skipped).toEqual([
        {
          name: 'a list',
          reason: 'Its input schema has the type "array", where "object" is expected.',
        },
        { name: 'without schema', reason: 'It has no input schema that is an object.' },
        { name: null, reason: 'It has no name.' },
        { name: null, reason: 'Its definition is no object.' },
        {
          name: `${'x'.repeat(60)}…`,
          reason: 'Its name has more than 256 characters.',
        },
      ]);
    },
  );

  it('is empty where a server knows no tools', async () => {
    await using server = await startMcpServer({
      intercept: ({ message }, response) => {
        if (message?.method !== 'tools/list') return false;
        const error = { code: -32601, message: 'Method not found' };
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, error }));
        return true;
      },
    });
    await using sessions = openTestSessions();
    expect(await sessions.listTools(aTarget(server.url))).toMatchObject({ tools: [] });
  });

  it('is asked for again when its connection is lost', async () => {
    let isFirst = true;
    await using server = await startMcpServer({
      intercept: ({ message }, response) => {
        if (message?.method !== 'tools/list' || !isFirst) return false;
        isFirst = false;
        response.destroy();
        return true;
      },
    });
    await using sessions = openTestSessions();
    expect(await sessions.listTools(aTarget(server.url))).toMatchObject({
      tools: [{ name: 'echo' }],
    });
  });

  it('never fetches what the schemas of its tools refer to', async () => {
    await using other = await startMcpServer();
    await using server = await startMcpServer({
      list: () => ({
        tools: [
          aTool('a', {
            inputSchema: {
              type: 'object',
              properties: { x: { $ref: `${other.url}/schema.json` } },
            },
            outputSchema: { type: 'object', $ref: `${other.url}/schema.json` },
          }),
        ],
      }),
    });
    await using sessions = openTestSessions();
    await sessions.listTools(aTarget(server.url));
    await sessions.callTool(aTarget(server.url), {
      name: 'a',
      arguments: {},
      maxBytes: 10_000,
      timeoutMs: 5_000,
    });
    expect(other.seen).toEqual([]);
  });
});

import type { ServerContext } from '@modelcontextprotocol/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  aTool,
  type CallParams,
  startMcpServer,
  type TestMcpServer,
} from '../../support/mcp-server.js';
import { anMcpApp, caller, type McpApp } from './mcp-app.js';

const answers: Record<string, object> = {
  picture: { content: [{ type: 'image', data: 'AAAA', mimeType: 'image/png' }] },
  link: {
    content: [{ type: 'resource_link', uri: 'test://a', name: 'a', annotations: { priority: 1 } }],
    _meta: { 'example.com/kept': true },
  },
  failing: { content: [{ type: 'text', text: 'No such pet.' }], isError: true },
  typed: { content: [{ type: 'text', text: '{"age":1}' }], structuredContent: { age: 1 } },
  lying: { content: [{ type: 'text', text: 'x' }], structuredContent: { age: 'one' } },
};
const outputSchema = {
  type: 'object',
  properties: { age: { type: 'integer' } },
  required: ['age'],
};
const annotations = { readOnlyHint: true, title: 'A title' };

let mcp: McpApp;
let server: TestMcpServer;
const cancelled = Promise.withResolvers<void>();
const began = Promise.withResolvers<void>();

async function tell({ mcpReq }: ServerContext): Promise<object> {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken !== undefined) {
    const params = { progressToken, progress: 1, total: 2, message: 'half' };
    await mcpReq.notify({ method: 'notifications/progress', params });
  }
  const params = { level: 'info' as const, data: { step: 1 } };
  await mcpReq.notify({ method: 'notifications/message', params });
  return { content: [{ type: 'text', text: 'told' }] };
}

function hold({ mcpReq }: ServerContext): Promise<object> {
  began.resolve();
  return new Promise((resolve) => {
    mcpReq.signal.addEventListener('abort', () => {
      cancelled.resolve();
      resolve({ content: [] });
    });
  });
}

beforeAll(async () => {
  mcp = await anMcpApp();
  const tools = [
    ...['picture', 'failing', 'telling', 'holding'].map((name) => aTool(name)),
    aTool('link', { annotations, title: 'Link' }),
    ...['typed', 'lying'].map((name) => aTool(name, { outputSchema })),
  ];
  server = await startMcpServer({
    list: () => ({ tools }),
    call: ({ name }: CallParams, context) => {
      if (name === 'telling') return tell(context);
      return name === 'holding' ? hold(context) : answers[name];
    },
  });
  const post = async (url: string, payload: object) => {
    const answer = await mcp.app.server.inject({ method: 'POST', url, headers: caller, payload });
    if (answer.statusCode >= 300) throw new Error(answer.body);
  };
  await post('/tools/mcp-servers', { name: 'pets', server_url: server.url });
  await post('/tools/agents/atlas/mcp-tools', { tools: tools.map(({ name }) => name) });
});
afterAll(async () => {
  await mcp[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

it('lists what the server says of its tools', async () => {
  await using client = await mcp.connect();
  const { tools } = await client.listTools();
  expect(tools.find(({ name }) => name === 'link')).toMatchObject({ title: 'Link', annotations });
  expect(tools.find(({ name }) => name === 'typed')).toMatchObject({ outputSchema });
});

describe.each(['legacy', { pin: '2026-07-28' }] as const)('in mode %j', (mode) => {
  const connect = () => mcp.connect({ versionNegotiation: { mode } });

  it.each(['picture', 'link', 'failing', 'typed'])(
    '%s is answered as it was said',
    async (name) => {
      await using client = await connect();
      const { _meta: meta, ...result } = await client.callTool({ name, arguments: {} });
      const { _meta: said, ...expected } = answers[name] as { _meta?: object };
      expect(result).toEqual(expected);
      expect(meta ?? {}).toMatchObject(said ?? {});
    },
  );

  it('an answer that does not fit its schema says so and is shown', async () => {
    await using client = await connect();
    await client.listTools();
    const { content, isError } = await client.callTool({ name: 'lying', arguments: {} });
    expect(isError).toBe(true);
    expect(JSON.stringify(content)).toContain('does not fit');
  });

  it('progress is passed on', async () => {
    await using client = await connect();
    const seen: unknown[] = [];
    const result = await client.callTool(
      { name: 'telling', arguments: {} },
      { onprogress: (progress) => seen.push(progress) },
    );
    expect(result.content).toEqual([{ type: 'text', text: 'told' }]);
    expect(seen).toEqual([{ progress: 1, total: 2, message: 'half' }]);
  });
});

it('log messages are passed on from the level that was asked for', async () => {
  await using client = await mcp.connect();
  const seen: unknown[] = [];
  client.setNotificationHandler('notifications/message', ({ params }) => void seen.push(params));
  await client.callTool({ name: 'telling', arguments: {} });
  expect(seen).toMatchObject([{ level: 'info', data: { step: 1 } }]);
  await client.setLoggingLevel('error');
  await client.callTool({ name: 'telling', arguments: {} });
  expect(seen).toHaveLength(1);
});

it('a call that is given up is given up at the server', async () => {
  await using client = await mcp.connect();
  const stop = new AbortController();
  const call = client.callTool({ name: 'holding', arguments: {} }, { signal: stop.signal });
  await began.promise;
  stop.abort('enough');
  await expect(call).rejects.toThrow('enough');
  await cancelled.promise;
});

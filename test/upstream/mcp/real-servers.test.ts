import { describe, expect, it } from 'vitest';
import type { McpProgress } from '../../../src/upstream/mcp/mcp-sessions.js';
import { startEverythingServer } from '../../support/everything-server.js';
import { startFastMcpServer } from '../../support/fastmcp-server.js';
import { aCall, aTarget, openTestSessions } from '../../support/mcp-target.js';

describe('the example server of the protocol', () => {
  it.each([
    ['streamableHttp', 'STREAMABLE_HTTP'],
    ['sse', 'SSE'],
  ] as const)('is listed and called over %s', async (kind, transport) => {
    await using server = await startEverythingServer(kind);
    await using sessions = openTestSessions();
    const target = aTarget(server.url, { timeoutMs: 20_000 });
    const list = await sessions.listTools(target);
    expect(list).toMatchObject({ transport, skipped: [] });
    const names = list.tools.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['echo', 'get-sum', 'get-tiny-image']));

    const call = (name: string, args: Record<string, unknown> = {}) =>
      sessions.callTool(target, aCall({ name, arguments: args, timeoutMs: 20_000 }));
    expect(await call('echo', { message: 'hi' })).toEqual({
      content: [{ type: 'text', text: 'Echo: hi' }],
      isError: false,
    });
    expect(await call('get-tiny-image')).toMatchObject({
      content: expect.arrayContaining([
        expect.objectContaining({ type: 'image', mimeType: 'image/png' }),
      ]),
    });
    expect(await call('get-structured-content', { location: 'Chicago' })).toMatchObject({
      structuredContent: { conditions: expect.any(String) },
    });
    expect(await call('get-resource-reference', { resourceId: 1 })).toMatchObject({
      content: expect.arrayContaining([expect.objectContaining({ type: 'resource' })]),
    });
    expect(await call('get-sum', { a: 'one' })).toMatchObject({ isError: true });

    const progress: McpProgress[] = [];
    await sessions.callTool(
      target,
      aCall({
        name: 'trigger-long-running-operation',
        arguments: { duration: 0.2, steps: 2 },
        timeoutMs: 20_000,
        onProgress: (step) => progress.push(step),
      }),
    );
    expect(progress).toEqual([
      { progress: 1, total: 2 },
      { progress: 2, total: 2 },
    ]);
  });
});

describe('a server built with fastmcp', () => {
  it.each([false, true])('is listed and called; stateless: %s', async (stateless) => {
    await using server = await startFastMcpServer({ stateless });
    await using sessions = openTestSessions();
    const target = aTarget(server.url);
    expect(await sessions.listTools(target)).toMatchObject({
      tools: [{ name: 'add', annotations: { readOnlyHint: true } }],
      transport: 'STREAMABLE_HTTP',
    });
    const progress: McpProgress[] = [];
    const result = await sessions.callTool(
      target,
      aCall({ name: 'add', arguments: { a: 2, b: 3 }, onProgress: (step) => progress.push(step) }),
    );
    expect(result).toEqual({ content: [{ type: 'text', text: '5' }], isError: false });
    expect(progress).toEqual([{ progress: 1, total: 1 }]);
    await expect(sessions.callTool(target, aCall({ name: 'nope' }))).rejects.toMatchObject({
      code: 'UPSTREAM_FAILED',
      details: { mayHaveRun: false },
    });
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aCaller } from '../../calls/callers.js';
import { assignMcp, mcpEnv, register } from '../../calls/mcp-scene.js';
import { runInspector } from '../../support/inspector.js';
import { startMcpServer } from '../../support/mcp-server.js';
import { anMcpApp, caller, givePets, type McpApp } from './mcp-app.js';

const stack = new AsyncDisposableStack();
afterAll(() => stack.disposeAsync());
let served: McpApp;

const search = {
  name: 'search',
  description: 'Looks for files.',
  inputSchema: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
  outputSchema: { type: 'object', properties: { found: { type: 'integer' } }, required: ['found'] },
  annotations: { readOnlyHint: true },
};

/** `atlas` has an endpoint, `listPets`, and a tool of an MCP server, `search`. */
beforeAll(async () => {
  served = stack.use(await anMcpApp({ env: mcpEnv }));
  const server = stack.use(
    await startMcpServer({
      list: () => ({ tools: [search] }),
      call: ({ arguments: args }) => ({
        content: [{ type: 'text', text: `Looked for ${args?.text}.` }],
        structuredContent: { found: 3 },
      }),
    }),
  );
  const { app, upstream } = served;
  const ids = await givePets(app, upstream.origin, { agent: 'everything' });
  await aCaller(app).assign('atlas', [ids.listPets ?? '']);
  await register(app, 'acme', { serverUrl: server.url, name: 'files' });
  await assignMcp(aCaller(app), ['search']);
});

describe("the SDK's own client", () => {
  it.each([
    ['an initialised session', '2025-06-18'],
    ['an initialised session', '2025-11-25'],
    ['requests on their own', '2026-07-28'],
  ])('lists and calls a tool of either kind by %s of %s', async (_how, version) => {
    const isModern = version === '2026-07-28';
    await using client = await served.connect(
      isModern
        ? { versionNegotiation: { mode: 'auto' } }
        : { supportedProtocolVersions: [version], versionNegotiation: { mode: 'legacy' } },
    );
    expect(client.getNegotiatedProtocolVersion()).toBe(version);
    const { tools } = await client.listTools();
    expect(tools).toMatchObject([
      { name: 'listPets', annotations: { readOnlyHint: true } },
      {
        name: 'search',
        ...{ inputSchema: search.inputSchema, outputSchema: search.outputSchema },
        annotations: { readOnlyHint: true },
      },
    ]);
    const pets = await client.callTool({ name: 'listPets', arguments: { size: 2 } });
    expect(JSON.parse(textOf(pets))).toMatchObject({ method: 'GET', url: '/pets?size=2' });
    const found = await client.callTool({ name: 'search', arguments: { text: 'plans' } });
    expect(found).toMatchObject({ structuredContent: { found: 3 } });
    expect(textOf(found)).toBe('Looked for plans.');
    const refused = await client.callTool({ name: 'search', arguments: {} });
    expect(refused.isError).toBe(true);
  });
});

describe("the MCP Inspector's command line", () => {
  const run = (...args: string[]) => runInspector(served.url(), caller, args);

  it.each(['legacy', 'modern'])('lists the tools of either kind: %s era', async (era) => {
    const { status, stdout, stderr } = await run('--protocol-era', era, '--method', 'tools/list');
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ tools: [{ name: 'listPets' }, { name: 'search' }] });
  });

  it.each([
    ['an endpoint', 'legacy', 'listPets', 'size=2', '/pets?size=2'],
    ['a tool of an MCP server', 'legacy', 'search', 'text=plans', 'Looked for plans.'],
    ['an endpoint', 'modern', 'listPets', 'size=2', '/pets?size=2'],
    ['a tool of an MCP server', 'modern', 'search', 'text=plans', 'Looked for plans.'],
  ])('calls %s: %s era', async (_kind, era, tool, argument, answer) => {
    const call = ['--method', 'tools/call', '--tool-name', tool, '--tool-arg', argument];
    const { status, stdout, stderr } = await run('--protocol-era', era, ...call);
    expect(status, stderr).toBe(0);
    const result = JSON.parse(stdout);
    expect(result.isError ?? false).toBe(false);
    expect(textOf(result)).toContain(answer);
  });

  it('shows what is wrong with a call', async () => {
    const { stdout, stderr } = await run('--method', 'tools/call', '--tool-name', 'nothing');
    expect(stdout + stderr).toContain('nothing');
  });
});

function textOf({ content }: { content?: unknown }): string {
  const [block] = content as [{ text: string }];
  return block.text;
}

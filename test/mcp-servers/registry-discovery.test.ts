import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { listChanges } from '../../src/changes/list-changes.js';
import { refreshMcpServer } from '../../src/mcp-servers/refresh-mcp-server.js';
import { registerMcpServer } from '../../src/mcp-servers/register-mcp-server.js';
import { aTool, startMcpServer } from '../support/listing-server.js';
import { openRegistry } from './registry.js';

it('registers a server with its tools in the same request', async () => {
  await using registry = await openRegistry();
  await using upstream = await startMcpServer({ tools: [aTool('search'), aTool('files.read')] });
  const server = await registerMcpServer(registry.ctx(), {
    serverUrl: upstream.url,
    accessToken: 'secret-token',
  });
  expect(server).toMatchObject({
    name: '127.0.0.1',
    status: 'READY',
    statusMessage: null,
    problems: [],
    transport: 'STREAMABLE_HTTP',
    hasAccessToken: true,
    hasRefreshToken: false,
    timeoutSeconds: 30,
  });
  const tools = await registry.tools(server.id);
  expect(tools.map(({ name, toolName }) => [name, toolName])).toEqual([
    ['search', 'search'],
    ['files.read', 'files_read'],
  ]);
  expect(await registry.changes()).toEqual(['MCP_SERVER_REGISTERED', 'MCP_TOOLS_CHANGED']);
  expect(JSON.stringify(server)).not.toContain('secret-token');
});

it('registers a server that does not answer, and says what is wrong', async () => {
  await using registry = await openRegistry();
  await using upstream = await startMcpServer({ tools: [aTool('search')] });
  upstream.failWith(503);
  const down = await registerMcpServer(registry.ctx(), { serverUrl: upstream.url });
  expect(down).toMatchObject({
    status: 'UNREACHABLE',
    statusMessage: expect.stringMatching(/503/),
  });
  const forbidden = await registerMcpServer(registry.ctx(), { serverUrl: 'http://10.0.0.1/mcp' });
  expect(forbidden).toMatchObject({ status: 'UNREACHABLE', name: '10.0.0.1' });
  upstream.failWith(null);
  upstream.setToken('right');
  const closed = await registerMcpServer(registry.ctx(), { serverUrl: upstream.url });
  expect(closed).toMatchObject({ status: 'NEEDS_REAUTH', name: '127.0.0.1-2' });
});

it('takes no revision for a list that is the same', async () => {
  await using registry = await openRegistry();
  await using upstream = await startMcpServer({ tools: [aTool('a'), aTool('b')] });
  const { id } = await registerMcpServer(registry.ctx(), { serverUrl: upstream.url });
  const before = await registry.changes();
  const first = await refreshMcpServer(registry.ctx(), { id });
  await upstream.setTools(
    [
      aTool('b'),
      { inputSchema: { properties: {}, type: 'object' }, description: 'Does a.', name: 'a' },
    ],
    { quietly: true },
  );
  const second = await refreshMcpServer(registry.ctx(), { id });
  expect(await registry.changes()).toEqual(before);
  expect(Number(second.listedAt)).toBeGreaterThan(Number(first.listedAt));
});

it('tells the agents whose tools changed, and no others', async () => {
  await using registry = await openRegistry();
  await using upstream = await startMcpServer({ tools: [aTool('a'), aTool('b'), aTool('c')] });
  const { id } = await registerMcpServer(registry.ctx(), { serverUrl: upstream.url });
  await registry.assign('atlas', id, ['a']);
  await registry.assign('herald', id, ['b']);
  await registry.assign('zeus', id, ['c']);
  await upstream.setTools([aTool('a', { description: 'Does a well.' }), aTool('c'), aTool('d')], {
    quietly: true,
  });
  await refreshMcpServer(registry.ctx(), { id });
  expect((await registry.changes()).at(-1)).toBe('MCP_TOOLS_CHANGED atlas herald');
  const tools = await registry.tools(id);
  expect(tools.filter(({ isListed }) => isListed).map(({ name }) => name)).toEqual(['a', 'c', 'd']);

  await upstream.setTools([aTool('b')], { quietly: true });
  await refreshMcpServer(registry.ctx(), { id });
  expect((await registry.changes()).at(-1)).toBe('MCP_TOOLS_CHANGED atlas herald zeus');
});

it('keeps the tools of a server that fails, shows how, and tells once', async () => {
  await using registry = await openRegistry();
  await using upstream = await startMcpServer({ tools: [aTool('a')] });
  const { id } = await registerMcpServer(registry.ctx(), { serverUrl: upstream.url });
  await registry.assign('atlas', id, ['a']);
  const before = (await registry.changes()).length;
  upstream.failWith(500);
  for (let time = 0; time < 2; time += 1) {
    await expect(refreshMcpServer(registry.ctx(), { id })).rejects.toMatchObject({
      code: 'UPSTREAM_FAILED',
    });
  }
  expect(await registry.tools(id)).toMatchObject([{ name: 'a', isListed: true }]);
  expect((await registry.changes()).slice(before)).toEqual(['MCP_SERVER_UPDATED']);
  upstream.failWith(null);
  expect(await refreshMcpServer(registry.ctx(), { id })).toMatchObject({
    status: 'READY',
    statusMessage: null,
  });
  expect((await registry.changes()).slice(before + 1)).toEqual(['MCP_SERVER_UPDATED']);
});

it('takes what is sound of a list that lies, and says why it left out the rest', async () => {
  await using registry = await openRegistry();
  await using upstream = await startMcpServer({
    tools: [
      aTool('good'),
      aTool('no_object', { inputSchema: { type: 'string' } }),
      aTool('no_schema', { inputSchema: { type: 'object', properties: { a: { type: 'text' } } } }),
      aTool('away', {
        inputSchema: { type: 'object', properties: { a: { $ref: 'http://10.0.0.1/x' } } },
      }),
      aTool('nowhere', {
        inputSchema: { type: 'object', properties: { a: { $ref: '#/$defs/a' } } },
      }),
      aTool('pattern', { inputSchema: { type: 'object', properties: { a: { pattern: '(' } } } }),
      aTool('nul', { description: 'a\0b' }),
      aTool('output', { outputSchema: { type: 'object', required: 'all' } }),
      aTool('x'.repeat(300)),
      aTool('tuple', {
        inputSchema: {
          $schema: 'http://json-schema.org/draft-07/schema#',
          type: 'object',
          properties: {
            at: { type: 'array', items: [{ type: 'number' }], additionalItems: false },
          },
        },
      }),
    ],
  });
  const server = await registerMcpServer(registry.ctx(), { serverUrl: upstream.url });
  expect(server.status).toBe('READY');
  const tools = await registry.tools(server.id);
  expect(tools.map(({ name }) => name)).toEqual(['good', 'tuple']);
  expect(tools[1]?.inputSchema).toEqual({
    type: 'object',
    properties: { at: { type: 'array', prefixItems: [{ type: 'number' }], items: false } },
  });
  const reasons = Object.fromEntries(server.problems.map(({ tool, message }) => [tool, message]));
  expect(Object.keys(reasons)).toHaveLength(8);
  expect(reasons.no_object).toMatch(/object/);
  expect(reasons.no_schema).toMatch(/JSON Schema/);
  expect(reasons.away).toMatch(/refers to "http:\/\/10\.0\.0\.1\/x"/);
  expect(reasons.nowhere).toMatch(/refers to "#\/\$defs\/a"/);
  expect(reasons.pattern).toMatch(/regular expression/);
  expect(reasons.nul).toMatch(/NUL/);
});

it('gives safe names of their own to tools whose names are not', async () => {
  await using registry = await openRegistry();
  const names = ['a.b', 'a b', 'a_b', 'ünï', '世界', 'y'.repeat(100)];
  await using upstream = await startMcpServer({ tools: names.map((name) => aTool(name)) });
  const { id } = await registerMcpServer(registry.ctx(), { serverUrl: upstream.url });
  const named = (await registry.tools(id)).map(({ name, toolName }) => [name, toolName] as const);
  const given = new Map(named);
  expect(given.get('a_b')).toBe('a_b');
  expect(given.get('ünï')).toBe('uni');
  expect(new Set(given.values()).size).toBe(names.length);
  for (const name of given.values()) expect(name).toMatch(/^[A-Za-z0-9_-]{1,64}$/);

  await upstream.setTools(
    [...names, 'uni', 'a-b'].reverse().map((name) => aTool(name)),
    {
      quietly: true,
    },
  );
  await refreshMcpServer(registry.ctx(), { id });
  const later = new Map((await registry.tools(id)).map(({ name, toolName }) => [name, toolName]));
  for (const [name, toolName] of given) expect(later.get(name)).toBe(toolName);
  expect(new Set(later.values()).size).toBe(names.length + 2);
});

it('reads a list in pages, also one that changes between them', async () => {
  await using registry = await openRegistry();
  const all = Array.from({ length: 25 }, (_, number) => aTool(`t${number}`));
  await using upstream = await startMcpServer({
    tools: all,
    pageSize: 10,
    onPage: async (page) => {
      // A tool goes from the first page, so that the second one begins later.
      if (page === 1 && upstream.lists === 1)
        await upstream.setTools(all.slice(1), { quietly: true });
    },
  });
  const { id } = await registerMcpServer(registry.ctx(), { serverUrl: upstream.url });
  await refreshMcpServer(registry.ctx(), { id });
  const tools = await registry.tools(id);
  expect(tools.filter(({ isListed }) => isListed).map(({ name }) => name)).toEqual(
    all.slice(1).map(({ name }) => name),
  );
});

it('stores 10,000 tools, and what changes of them, in one revision each', async () => {
  await using registry = await openRegistry();
  const tools = (word: string) =>
    Array.from({ length: 10_000 }, (_, number) =>
      aTool(`tool_${number}`, {
        description: number % 100 === 0 ? word : 'Does one of many things.',
        inputSchema: { type: 'object', properties: { name: { type: 'string', maxLength: 100 } } },
      }),
    );
  await using upstream = await startMcpServer({ tools: tools('One.'), pageSize: 2500 });
  const { id, status } = await registerMcpServer(registry.ctx(), { serverUrl: upstream.url });
  expect(status).toBe('READY');
  expect(await registry.tools(id)).toHaveLength(10_000);
  await upstream.setTools(tools('Two.'), { quietly: true });
  await refreshMcpServer(registry.ctx(), { id });
  const changed = (await registry.tools(id)).filter(({ description }) => description === 'Two.');
  expect(changed).toHaveLength(100);
  expect(await registry.changes()).toHaveLength(3);
});

it('forgets tools that are long gone, but none that an agent is assigned', async () => {
  await using registry = await openRegistry();
  const list = (word: string) =>
    Array.from({ length: 6000 }, (_, number) => aTool(`${word}_${number}`));
  await using upstream = await startMcpServer({ tools: list('first') });
  const { id } = await registerMcpServer(registry.ctx(), { serverUrl: upstream.url });
  await registry.assign('atlas', id, ['first_7']);
  for (const word of ['second', 'third', 'fourth']) {
    await upstream.setTools(list(word), { quietly: true });
    await refreshMcpServer(registry.ctx(), { id });
  }
  const names = (await registry.tools(id)).map(({ name }) => name);
  const count = (word: string) => names.filter((name) => name.startsWith(word)).length;
  expect([count('fourth'), count('third'), count('second')]).toEqual([6000, 6000, 4000]);
  expect(names.filter((name) => name.startsWith('first'))).toEqual(['first_7']);
});

it('lets those who refresh one server at once take turns', async () => {
  await using registry = await openRegistry();
  let running = 0;
  let most = 0;
  await using upstream = await startMcpServer({
    tools: [aTool('a')],
    onPage: async () => {
      running += 1;
      most = Math.max(most, running);
      // Time for the others to come, which do so over a socket.
      for (let turn = 0; turn < 500 && running < 2; turn += 1) await setImmediate();
      running -= 1;
    },
  });
  const { id } = await registerMcpServer(registry.ctx(), { serverUrl: upstream.url });
  await Promise.all([1, 2, 3].map(() => refreshMcpServer(registry.ctx(), { id })));
  expect([most, upstream.lists]).toEqual([1, 4]);
});

it('drops a list that is older than the one that is stored', async () => {
  await using registry = await openRegistry();
  const held = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  await using upstream = await startMcpServer({
    tools: [aTool('a')],
    onPage: async () => {
      if (upstream.lists !== 2) return;
      asked.resolve();
      await held.promise;
    },
  });
  const { id } = await registerMcpServer(registry.ctx(), { serverUrl: upstream.url });
  await using other = await openRegistry({
    ports: { storage: registry.app.ports.storage, sealer: registry.app.ports.sealer },
  });
  const late = refreshMcpServer(registry.ctx(), { id });
  await asked.promise;
  await upstream.setTools([aTool('a'), aTool('b')], { quietly: true });
  await refreshMcpServer(other.ctx(), { id });
  await upstream.setTools([aTool('a')], { quietly: true });
  held.resolve();
  await late;
  expect((await registry.tools(id)).map(({ name, isListed }) => [name, isListed])).toEqual([
    ['a', true],
    ['b', true],
  ]);
  expect(await listChanges(registry.ctx(), { after: '0' })).toHaveLength(3);
});

import { expect, it } from 'vitest';
import { getMcpServer } from '../../src/mcp-servers/get-mcp-server.js';
import { registerMcpServer } from '../../src/mcp-servers/register-mcp-server.js';
import { refreshDue } from '../../src/mcp-servers/start-mcp-refresher.js';
import { updateMcpServer } from '../../src/mcp-servers/update-mcp-server.js';
import { updateMcpServerTokens } from '../../src/mcp-servers/update-mcp-server-tokens.js';
import { query } from '../../src/storage/sql.js';
import { aTool, startMcpServer } from '../support/listing-server.js';
import { openRegistry, type Registry } from './registry.js';

const hourly = { env: { MCP_REFRESH_SECONDS: '3600' } };
const never = new AbortController().signal;

/** Looks as the refresher of one process does, at a time that is so many seconds ahead. */
function look({ app }: Registry, aheadSeconds: number): Promise<void> {
  const { storage, mcp, logger } = app.ports;
  const clock = { now: () => new Date(Date.now() + aheadSeconds * 1000) };
  return refreshDue({ fork: () => storage.fork(), clock, logger, mcp }, never);
}

async function dueIn({ app }: Registry, id: string): Promise<number | null> {
  const [row] = await query<{ next: string | null }>(
    app.ports.storage.fork(),
    'select next_refresh_at as next from mcp_servers where id = $1::uuid',
    [id],
  );
  return row?.next == null ? null : (new Date(row.next).getTime() - Date.now()) / 1000;
}

it('looks at each server when its time has come, and not before', async () => {
  await using registry = await openRegistry(hourly);
  await using upstream = await startMcpServer({ tools: [aTool('a')] });
  const { id } = await registerMcpServer(registry.ctx(), { serverUrl: upstream.url });
  await upstream.setTools([aTool('a'), aTool('b')], { quietly: true });
  await look(registry, 3000);
  expect(upstream.lists).toBe(1);
  await look(registry, 3700);
  expect(upstream.lists).toBe(2);
  expect(await registry.tools(id)).toHaveLength(2);
});

it('looks at a server that fails ever more seldom, and as before once it answers', async () => {
  await using registry = await openRegistry({ env: { MCP_REFRESH_SECONDS: '60' } });
  await using upstream = await startMcpServer({ tools: [aTool('a')] });
  const { id } = await registerMcpServer(registry.ctx(), { serverUrl: upstream.url });
  upstream.failWith(500);
  const waits: number[] = [];
  let ahead = 0;
  for (let time = 0; time < 8; time += 1) {
    ahead += ((await dueIn(registry, id)) ?? 0) - ahead + 1;
    await look(registry, ahead);
    waits.push(Math.round(((await dueIn(registry, id)) ?? 0) - ahead));
  }
  expect(waits).toEqual([120, 240, 480, 960, 1920, 3600, 3600, 3600]);
  upstream.failWith(null);
  await look(registry, ahead + 3700);
  expect(Math.round(((await dueIn(registry, id)) ?? 0) - ahead - 3700)).toBe(60);
});

it('looks at a server once, however many processes look', async () => {
  await using one = await openRegistry(hourly);
  const { storage, sealer } = one.app.ports;
  await using two = await openRegistry({ ...hourly, ports: { storage, sealer } });
  await using upstream = await startMcpServer({ tools: [aTool('a')] });
  const servers = 5;
  for (let count = 0; count < servers; count += 1) {
    await registerMcpServer(one.ctx(), { serverUrl: upstream.url });
  }
  await Promise.all([look(one, 3700), look(two, 3700), look(one, 3700)]);
  expect(upstream.lists).toBe(2 * servers);
});

it('leaves alone a server that needs a person, until there are new tokens', async () => {
  await using registry = await openRegistry(hourly);
  await using upstream = await startMcpServer({ tools: [aTool('a')], token: 'right' });
  const { id, status } = await registerMcpServer(registry.ctx(), {
    serverUrl: upstream.url,
    accessToken: 'wrong',
  });
  expect(status).toBe('NEEDS_REAUTH');
  expect(await dueIn(registry, id)).toBeNull();
  const server = await updateMcpServerTokens(registry.ctx(), {
    ...{ id, accessToken: 'right', expiresInSeconds: 60 },
  });
  expect(server).toMatchObject({ status: 'READY', statusMessage: null });
  expect(Number(server.tokenExpiresAt)).toBeGreaterThan(Date.now());
  expect(await dueIn(registry, id)).toBeGreaterThan(3000);
  expect(await registry.tools(id)).toHaveLength(1);
});

it('leaves alone a server that is switched off', async () => {
  await using registry = await openRegistry(hourly);
  await using upstream = await startMcpServer({ tools: [aTool('a')] });
  const { id } = await registerMcpServer(registry.ctx(), { serverUrl: upstream.url });
  await registry.assign('atlas', id, ['a']);
  expect(await updateMcpServer(registry.ctx(), { id, isActive: false })).toMatchObject({
    status: 'DISABLED',
    isActive: false,
  });
  expect((await registry.changes()).at(-1)).toBe('MCP_SERVER_UPDATED atlas');
  await look(registry, 10_000);
  expect(upstream.lists).toBe(1);
  expect(await updateMcpServer(registry.ctx(), { id, isActive: true })).toMatchObject({
    status: 'READY',
  });
  expect(upstream.lists).toBe(2);
});

it('looks at a server that says that its tools changed', async () => {
  await using registry = await openRegistry({ env: { MCP_REFRESH_SECONDS: '0' } });
  await using upstream = await startMcpServer({ tools: [aTool('a')] });
  const { id } = await registerMcpServer(registry.ctx(), { serverUrl: upstream.url });
  const { feed } = registry.app.ports;
  const changes = feed.follow('acme', { after: null, agentId: null });
  const next = changes.next();
  await expect
    .poll(async () => {
      await upstream.setTools([aTool('a'), aTool('b')]);
      return upstream.lists;
    })
    .toBeGreaterThan(1);
  expect((await next).value).toMatchObject({ kind: 'MCP_TOOLS_CHANGED', mcpServerId: id });
  await changes.return?.();
  expect(await registry.tools(id)).toHaveLength(2);
});

it('ends a look that is under way when the process ends', async () => {
  const asked = Promise.withResolvers<void>();
  await using upstream = await startMcpServer({
    tools: [aTool('a')],
    onPage: async () => {
      if (upstream.lists < 2) return;
      asked.resolve();
      await new Promise<void>(() => {});
    },
  });
  const registry = await openRegistry();
  const { id } = await registerMcpServer(registry.ctx(), { serverUrl: upstream.url });
  const said = setInterval(() => void upstream.setTools([aTool('b')]), 50);
  await asked.promise;
  clearInterval(said);
  const { status } = await getMcpServer(registry.ctx(), { id });
  await registry[Symbol.asyncDispose]();
  expect(status).toBe('READY');
});

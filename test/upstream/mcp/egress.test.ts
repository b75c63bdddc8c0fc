import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startMcpServer } from '../../support/mcp-server.js';
import { aCall, aTarget, openTestSessions } from '../../support/mcp-target.js';
import { startSseMcpServer } from '../../support/sse-mcp-server.js';

async function startPlainServer(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('the egress guard', () => {
  it.each([
    'http://127.0.0.1:9/mcp',
    'http://10.0.0.1/mcp',
    'http://169.254.169.254/latest/meta-data',
    'http://[::1]/mcp',
    'http://localhost/mcp',
  ])('refuses %s, whichever transport it is said to speak', async (url) => {
    await using sessions = openTestSessions({ allow: [] });
    for (const transport of [null, 'STREAMABLE_HTTP', 'SSE'] as const) {
      const target = aTarget(url, { key: `${transport}`, transport });
      await expect(sessions.callTool(target, aCall())).rejects.toMatchObject({
        code: 'FORBIDDEN',
        details: { mayHaveRun: false },
      });
    }
  });

  it('lets through what it is told to allow, and nothing beside', async () => {
    await using server = await startMcpServer();
    await using other = await startMcpServer();
    await using sessions = openTestSessions({ allow: [`127.0.0.1:${server.port}`] });
    expect(await sessions.listTools(aTarget(server.url))).toMatchObject({
      tools: [{ name: 'echo' }],
    });
    await expect(sessions.listTools(aTarget(other.url))).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    expect(other.seen).toEqual([]);
  });

  it.each([302, 307, 308])(
    'a redirect to the metadata service (%i) is not followed',
    async (status) => {
      await using server = await startPlainServer((_request, response) => {
        response.writeHead(status, { location: 'http://169.254.169.254/latest/meta-data' }).end();
      });
      await using sessions = openTestSessions();
      await expect(sessions.listTools(aTarget(server.url))).rejects.toMatchObject({
        code: 'UPSTREAM_FAILED',
        message: expect.stringMatching(/redirects elsewhere/),
      });
    },
  );

  it('neither a message nor a credential follows a redirect to another origin', async () => {
    const came: IncomingHttpHeaders[] = [];
    await using other = await startPlainServer((request, response) => {
      came.push(request.headers);
      response.end();
    });
    await using server = await startPlainServer((_request, response) => {
      response.writeHead(307, { location: other.url }).end();
    });
    await using sessions = openTestSessions();
    const authorize = async () => 'Bearer secret';
    for (const transport of ['STREAMABLE_HTTP', 'SSE'] as const) {
      const target = aTarget(server.url, { key: transport, transport, authorize });
      await expect(sessions.listTools(target)).rejects.toMatchObject({ code: 'UPSTREAM_FAILED' });
    }
    expect(came).toEqual([]);
  });

  it('a redirect within the origin is followed with the message and the credential', async () => {
    await using server = await startMcpServer({
      intercept: ({ path }, response) => {
        if (path === '/mcp') return false;
        response.writeHead(307, { location: '/mcp' }).end();
        return true;
      },
    });
    await using sessions = openTestSessions();
    const old = new URL('/old', server.url).href;
    const target = aTarget(old, { authorize: async () => 'Bearer secret' });
    expect(await sessions.callTool(target, aCall())).toMatchObject({ isError: false });
    expect(server.seen.filter(({ path }) => path === '/mcp').length).toBeGreaterThan(2);
    expect(server.seen.every(({ headers }) => headers.authorization === 'Bearer secret')).toBe(
      true,
    );
  });

  it('a server of the older transport may not send messages to another origin', async () => {
    await using other = await startSseMcpServer();
    await using server = await startPlainServer((request, response) => {
      if (request.method !== 'GET') {
        response.writeHead(405).end();
        return;
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`event: endpoint\ndata: ${new URL('/messages', other.url)}\n\n`);
    });
    await using sessions = openTestSessions();
    await expect(sessions.listTools(aTarget(server.url))).rejects.toMatchObject({
      code: 'UPSTREAM_FAILED',
    });
  });

  it('an event that never ends is cut off', async () => {
    await using server = await startMcpServer({
      intercept: ({ method }, response) => {
        if (method !== 'GET') return false;
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        const chunk = 'x'.repeat(1024 * 1024);
        const write = (): void => {
          if (!response.destroyed) response.write(chunk, () => setImmediate(write));
        };
        write();
        response.on('close', () => closed());
        return true;
      },
    });
    const { promise: wasClosed, resolve: closed } = Promise.withResolvers<void>();
    await using sessions = openTestSessions();
    await sessions.listTools(aTarget(server.url));
    await wasClosed;
    expect(await sessions.callTool(aTarget(server.url), aCall())).toMatchObject({ isError: false });
  });
});

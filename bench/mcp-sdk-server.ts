import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NodeStreamableHTTPServerTransport } from '@modelcontextprotocol/node';
import type { Server } from '@modelcontextprotocol/server';

/**
 * Servers of the SDK, one for each session, on 127.0.0.1: they answer with events, as the SDK does unless told
 * otherwise, and under `/json` with JSON. Answers where it listens.
 */
export async function serveSdkServers(build: () => Server): Promise<string> {
  const sessions = new Map<string, NodeStreamableHTTPServerTransport>();
  const http = createServer(async (request, response) => {
    const id = request.headers['mcp-session-id'];
    const known = typeof id === 'string' ? sessions.get(id) : undefined;
    if (known) return known.handleRequest(request, response);
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      enableJsonResponse: request.url === '/json',
      onsessioninitialized: (session) => void sessions.set(session, transport),
    });
    await build().connect(transport);
    return transport.handleRequest(request, response);
  });
  http.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { aTool } from './mcp-server.js';

export type SseMcpServer = AsyncDisposable & {
  url: string;
  /** Streams that are open now. */
  streams(): number;
  /** Ends every stream, as a server that restarts. */
  endStreams(): Promise<void>;
  toolsChanged(): Promise<void>;
};

/** A server that speaks the HTTP+SSE transport of revision 2024-11-05 alone, made with the older SDK. */
export async function startSseMcpServer({
  call = async (name: string) => ({ content: [{ type: 'text', text: `did ${name}` }] }),
}: {
  call?: (name: string) => Promise<Record<string, unknown>>;
} = {}): Promise<SseMcpServer> {
  const sessions = new Map<string, { transport: SSEServerTransport; server: Server }>();
  const http = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (url.pathname === '/sse' && request.method === 'GET') {
      const transport = new SSEServerTransport('/messages', response);
      const server = new Server(
        { name: 'older-server', version: '1.0.0' },
        { capabilities: { tools: { listChanged: true }, logging: {} } },
      );
      server.setRequestHandler(ListToolsRequestSchema, async () => ({
        tools: [aTool('older') as { name: string; inputSchema: { type: 'object' } }],
      }));
      server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
        await server.sendLoggingMessage({ level: 'info', data: `doing ${params.name}` });
        return call(params.name);
      });
      sessions.set(transport.sessionId, { transport, server });
      response.on('close', () => sessions.delete(transport.sessionId));
      await server.connect(transport);
      return;
    }
    const session = sessions.get(url.searchParams.get('sessionId') ?? '');
    if (url.pathname === '/messages' && session) {
      await session.transport.handlePostMessage(request, response);
      return;
    }
    response.writeHead(url.pathname === '/sse' ? 405 : 404).end();
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/sse`,
    streams: () => sessions.size,
    endStreams: async () => {
      for (const { server } of [...sessions.values()]) await server.close();
    },
    toolsChanged: async () => {
      for (const { server } of sessions.values()) await server.sendToolListChanged();
    },
    [Symbol.asyncDispose]: async () => {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

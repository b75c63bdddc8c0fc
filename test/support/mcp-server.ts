import { randomUUID } from 'node:crypto';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { NodeStreamableHTTPServerTransport, toNodeHandler } from '@modelcontextprotocol/node';
import {
  type CallToolResult,
  createMcpHandler,
  type ListToolsResult,
  Server,
  type ServerContext,
} from '@modelcontextprotocol/server';

/** A message as it came; `message` is null for GET and DELETE. */
export type SeenRequest = {
  method: string;
  /** Path and query. */
  path: string;
  headers: IncomingHttpHeaders;
  message: { id?: string | number; method?: string; params?: Record<string, unknown> } | null;
};

export type CallParams = { name: string; arguments?: Record<string, unknown> };

export type McpServerOptions = {
  /** `sessions` unless told: ids are given out and may be forgotten; `modern` speaks 2026-07-28 too. */
  mode?: 'sessions' | 'stateless' | 'modern';
  /** Answers as JSON instead of as event streams. */
  json?: boolean;
  /** Definitions may be anything, as a server may lie. */
  list?: (cursor: string | undefined) => { tools: unknown[]; nextCursor?: string };
  call?: (params: CallParams, context: ServerContext) => unknown;
  /** Has answered, or will never, when it gives true. */
  intercept?: (seen: SeenRequest, response: ServerResponse) => boolean | Promise<boolean>;
};

export type TestMcpServer = AsyncDisposable & {
  url: string;
  port: number;
  seen: SeenRequest[];
  /** How many messages of a method came. */
  count(method: string): number;
  /** Every session id is unknown from now on. */
  forgetSessions(): void;
  toolsChanged(): Promise<void>;
  openSockets(): number;
  /** Cuts every connection that is open now. */
  cutConnections(): void;
};

export const aTool = (name: string, more: Record<string, unknown> = {}) => ({
  name,
  description: `Does ${name}.`,
  inputSchema: { type: 'object', properties: { text: { type: 'string' } } },
  ...more,
});

const echo = ({ name, arguments: args }: CallParams): CallToolResult => ({
  content: [{ type: 'text', text: JSON.stringify({ name, arguments: args }) }],
});

/** An MCP server of the SDK on 127.0.0.1, which notes what comes and misbehaves as it is told. */
export async function startMcpServer(options: McpServerOptions = {}): Promise<TestMcpServer> {
  const { mode = 'sessions', intercept = () => false } = options;
  const seen: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  const sessions = new Map<
    string,
    { transport: NodeStreamableHTTPServerTransport; server: Server }
  >();
  const modern = createMcpHandler(() => buildServer(options));
  const modernHandler = toNodeHandler(modern);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const message = await readMessage(request);
    const { method = '', url: path = '', headers } = request;
    const entry = { method, path, headers, message };
    seen.push(entry);
    if (await intercept(entry, response)) return;
    if (mode === 'modern') return modernHandler(request, response, message ?? undefined);
    const id = request.headers['mcp-session-id'];
    const known = typeof id === 'string' ? sessions.get(id) : undefined;
    if (known) return known.transport.handleRequest(request, response, message ?? undefined);
    if (mode === 'sessions' && message?.method !== 'initialize') {
      const error = { code: -32000, message: 'Session not found' };
      response.writeHead(id === undefined ? 400 : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ jsonrpc: '2.0', id: null, error }));
      return;
    }
    const server = buildServer(options);
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: mode === 'sessions' ? () => randomUUID() : undefined,
      enableJsonResponse: options.json ?? false,
      onsessioninitialized: (session) => void sessions.set(session, { transport, server }),
    });
    await server.connect(transport);
    if (mode === 'stateless') response.on('close', () => void server.close());
    await transport.handleRequest(request, response, message ?? undefined);
  }

  const http = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  http.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  const cutConnections = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port,
    url: `http://127.0.0.1:${port}/mcp`,
    seen,
    count: (method) => seen.filter(({ message }) => message?.method === method).length,
    forgetSessions: () => sessions.clear(),
    toolsChanged: async () => {
      if (mode === 'modern') modern.notify.toolsChanged();
      for (const { server } of sessions.values()) await server.sendToolListChanged();
    },
    openSockets: () => sockets.size,
    cutConnections,
    [Symbol.asyncDispose]: async () => {
      await modern.close();
      for (const { server } of sessions.values()) await server.close();
      cutConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

function buildServer({ list, call = echo }: McpServerOptions): Server {
  const server = new Server(
    { name: 'test-server', version: '1.0.0' },
    { capabilities: { tools: { listChanged: true }, logging: {} } },
  );
  const tools = list ?? (() => ({ tools: [aTool('echo')] }));
  // The lists and answers of a test may break the specification.
  server.setRequestHandler(
    'tools/list',
    ({ params }) => tools(params?.cursor) as unknown as ListToolsResult,
  );
  server.setRequestHandler(
    'tools/call',
    async ({ params }, context) => (await call(params as CallParams, context)) as CallToolResult,
  );
  return server;
}

async function readMessage(request: IncomingMessage): Promise<SeenRequest['message']> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text === '' ? null : JSON.parse(text);
}

import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NodeStreamableHTTPServerTransport } from '@modelcontextprotocol/node';
import { type CallToolResult, Server, type Tool } from '@modelcontextprotocol/server';

/** As it goes onto the wire: it may lie. */
export type ServedTool = { name: string } & Record<string, unknown>;

export type McpServerOptions = {
  tools?: ServedTool[];
  pageSize?: number;
  /** Refuses requests without this bearer token. */
  token?: string;
  /** Called before each page of tools. */
  onPage?: (page: number) => void | Promise<void>;
  onCall?: (
    name: string,
    args: Record<string, unknown>,
  ) => CallToolResult | Promise<CallToolResult>;
};

export type TestMcpServer = AsyncDisposable & {
  url: string;
  /** What it lists from now on; connected clients are told unless `quietly`. */
  setTools(tools: ServedTool[], options?: { quietly?: boolean }): Promise<void>;
  /** Answers every request with this status; null = as usual. */
  failWith(status: number | null): void;
  setToken(token: string | null): void;
  /** First pages of lists that were asked for. */
  readonly lists: number;
  /** Resolves once so many lists were asked for. */
  listed(count: number): Promise<void>;
};

export function aTool(name: string, rest: Record<string, unknown> = {}): ServedTool {
  return {
    name,
    description: `Does ${name}.`,
    inputSchema: { type: 'object', properties: {} },
    ...rest,
  };
}

/** An MCP server on 127.0.0.1, Streamable HTTP with sessions, whose tools can be replaced. */
export async function startMcpServer(options: McpServerOptions = {}): Promise<TestMcpServer> {
  const state = {
    tools: options.tools ?? [],
    token: options.token ?? null,
    status: null as number | null,
    lists: 0,
  };
  const sessions = new Map<
    string,
    { server: Server; transport: NodeStreamableHTTPServerTransport }
  >();
  const watchers = new Set<() => void>();

  function openServer(): Server {
    const server = new Server(
      { name: 'test', version: '1.0.0' },
      { capabilities: { tools: { listChanged: true } } },
    );
    server.setRequestHandler('tools/list', async ({ params }) => {
      const start = Number(params?.cursor ?? 0);
      if (start === 0) {
        state.lists += 1;
        for (const watch of watchers) watch();
      }
      const size = options.pageSize ?? Number.POSITIVE_INFINITY;
      await options.onPage?.(start / (options.pageSize ?? 1));
      const tools = state.tools.slice(start, start + size) as unknown as Tool[];
      const isLast = start + size >= state.tools.length;
      return { tools, ...(isLast ? {} : { nextCursor: String(start + size) }) };
    });
    server.setRequestHandler('tools/call', async ({ params }) => {
      const args = params.arguments ?? {};
      if (options.onCall) return options.onCall(params.name, args);
      return { content: [{ type: 'text', text: JSON.stringify({ name: params.name, args }) }] };
    });
    return server;
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (state.status !== null) return void response.writeHead(state.status).end();
    if (state.token !== null && request.headers.authorization !== `Bearer ${state.token}`) {
      return void response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
    }
    const id = request.headers['mcp-session-id'];
    const known = typeof id === 'string' ? sessions.get(id) : undefined;
    if (known) return known.transport.handleRequest(request, response);
    if (id !== undefined) return void response.writeHead(404).end();
    const server = openServer();
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (sessionId) => {
        sessions.set(sessionId, { server, transport });
      },
    });
    await server.connect(transport);
    await transport.handleRequest(request, response);
  }

  const http = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    get lists() {
      return state.lists;
    },
    async setTools(tools, { quietly = false } = {}) {
      state.tools = tools;
      if (quietly) return;
      await Promise.all([...sessions.values()].map(({ server }) => server.sendToolListChanged()));
    },
    failWith: (status) => {
      state.status = status;
    },
    setToken: (token) => {
      state.token = token;
    },
    listed: (count) =>
      new Promise((resolve) => {
        const watch = () => {
          if (state.lists < count) return;
          watchers.delete(watch);
          resolve();
        };
        watchers.add(watch);
        watch();
      }),
    [Symbol.asyncDispose]: async () => {
      http.closeAllConnections();
      await Promise.all([...sessions.values()].map(({ server }) => server.close()));
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

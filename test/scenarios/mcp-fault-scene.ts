import type { ServerResponse } from 'node:http';
import { inject } from 'vitest';
import { generateFernetKey } from '../../src/credentials/fernet.js';
import { openStorage } from '../../src/storage/open-storage.js';
import { query } from '../../src/storage/sql.js';
import { aCaller } from '../calls/callers.js';
import { mcpEnv } from '../calls/mcp-scene.js';
import {
  type McpServerOptions,
  startMcpServer,
  type TestMcpServer,
} from '../support/mcp-server.js';
import { createDatabase, createTemplate, startPostgres } from '../support/postgres.js';
import { aTestApp } from '../support/test-app.js';
import { type McpApp, serve } from '../transports/mcp/mcp-app.js';

export type Replica = Omit<McpApp, 'upstream'>;

/** Two applications on one PostgreSQL database, each with a port of its own. */
export type TwoReplicas = AsyncDisposable & { one: Replica; other: Replica };

/** What the whole of the service says about one tenant, whose agent is `atlas`. */
export type FaultTenant = {
  tenant: string;
  headers: Record<string, string>;
  /** Registers a server over REST and assigns `atlas` its tools: all of them, or those that are named. */
  register(settings: object, tools?: string[]): Promise<{ id: string; status: string }>;
  /** Calls a tool at the MCP endpoint of a replica; the result, or the error of the protocol. */
  call(name: string, args?: object, replica?: Replica): Promise<CallAnswer>;
  /** What `tools/list` of the other replica gives, in all its pages. */
  listed(): Promise<{ name: string }[]>;
  /** The agent's tools and the server with its tools, over GraphQL at the other replica. */
  catalog(): Promise<Catalog>;
  records(): Promise<Record<string, unknown>[]>;
  /** Calls that began and have no outcome. */
  leftovers(): Promise<number>;
};

export type CallAnswer = {
  result?: { content: { text?: string }[]; isError?: boolean; structuredContent?: unknown };
  error?: { code: number; message: string };
};

export type Catalog = {
  agent: { toolCount: number; mcpTools: string[]; catalogRevision: string; tools: unknown };
  mcpServers: {
    id: string;
    status: string;
    statusMessage: string | null;
    tools: { name: string; serverToolName: string; enabled: boolean }[];
  }[];
};

export async function openTwoReplicas(env: Record<string, string> = {}): Promise<TwoReplicas> {
  await using stack = new AsyncDisposableStack();
  let server = inject('postgresUrl');
  if (!server) {
    server = stack.use(await startPostgres()).url;
    await createTemplate(server);
  }
  const url = await createDatabase(server);
  const secret = { CREDENTIAL_SECRET: generateFernetKey() };
  const aReplica = async () => {
    const storage = stack.use(await openStorage({ driver: 'postgres', url }));
    const ports = { storage };
    return serve(stack.use(await aTestApp({ env: { ...mcpEnv, ...secret, ...env }, ports })));
  };
  const [one, other] = [await aReplica(), await aReplica()];
  const held = stack.move();
  return { one, other, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

let tenants = 0;

const catalogQuery = `{
  agent(id: "atlas") {
    toolCount mcpTools catalogRevision
    tools(first: 1000) { totalCount nodes { id name description inputSchema outputSchema } }
  }
  mcpServers { id status statusMessage tools { id name serverToolName enabled } }
}`;

export function aFaultTenant({ one, other }: TwoReplicas): FaultTenant {
  tenants += 1;
  const tenant = `faults-${tenants}`;
  const headers = { 'x-tenantid': tenant, 'x-appid': 'shop' };
  const caller = aCaller(one.app, tenant);
  const reader = aCaller(other.app, tenant);
  const posted = async (path: string, payload: object) => {
    const { status, body } = await caller.post(path, payload);
    if (status >= 300) throw new Error(JSON.stringify(body));
    return body;
  };
  const catalog = async (): Promise<Catalog> => {
    const { data, errors } = await reader.ask(catalogQuery);
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  return {
    ...{ tenant, headers, catalog },
    register: async (settings, tools) => {
      const server = await posted('/mcp-servers', { name: 'files', ...settings });
      const all = (await catalog()).mcpServers.flatMap((one) => one.tools);
      const names = all.map(({ serverToolName }) => serverToolName);
      const { revision } = await posted('/agents/atlas/mcp-tools', { tools: tools ?? names });
      // The other replica hears of it a moment later.
      while ((await catalog()).agent.catalogRevision !== revision);
      return server;
    },
    call: async (name, args = {}, replica = one) =>
      (await replica.rpc('tools/call', { name, arguments: args }, { headers })).body,
    listed: async () => {
      const tools = [];
      let cursor: string | undefined;
      do {
        const { body } = await other.rpc('tools/list', { cursor }, { headers });
        tools.push(...body.result.tools);
        cursor = body.result.nextCursor;
      } while (cursor !== undefined);
      return tools;
    },
    records: async () => {
      for (const { app } of [one, other]) await app.calls.journal.flush();
      return (await reader.calls()).nodes;
    },
    leftovers: async () => {
      const statement = 'select id from call_journal where tenant_id = $1';
      return (await query(one.app.ports.storage.fork(), statement, [tenant])).length;
    },
  };
}

/** An MCP server, and how many answers to messages it still has to give. */
export type WatchedServer = TestMcpServer & { openAnswers(): number };

export async function startWatchedServer(options: McpServerOptions = {}): Promise<WatchedServer> {
  const open = new Set<ServerResponse>();
  const { intercept = () => false } = options;
  const server = await startMcpServer({
    ...options,
    intercept: (seen, response) => {
      if (seen.method === 'POST') {
        open.add(response);
        response.on('close', () => open.delete(response));
      }
      return intercept(seen, response);
    },
  });
  return { ...server, openAnswers: () => open.size };
}

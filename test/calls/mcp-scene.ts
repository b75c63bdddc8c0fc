import type { App } from '../../src/app.js';
import type { CallListeners } from '../../src/calls/call-order.js';
import { type CallContext, type CallToolInput, callTool } from '../../src/calls/call-tool.js';
import { scopes } from '../../src/context.js';
import { refreshMcpServer } from '../../src/mcp-servers/refresh-mcp-server.js';
import {
  type RegisterMcpServerInput,
  registerMcpServer,
} from '../../src/mcp-servers/register-mcp-server.js';
import { updateMcpServer } from '../../src/mcp-servers/update-mcp-server.js';
import { query } from '../../src/storage/sql.js';
import type { McpServerOptions, TestMcpServer } from '../support/mcp-server.js';
import { startMcpServer } from '../support/mcp-server.js';
import { aCaller } from './callers.js';

/** What an app needs for tests with MCP servers on this machine that nobody looks at unasked. */
export const mcpEnv = { EGRESS_ALLOW: '127.0.0.1', MCP_REFRESH_SECONDS: '0' };

export type McpScene = AsyncDisposable & {
  server: TestMcpServer;
  serverId: string;
  caller: ReturnType<typeof aCaller>;
  tenant: string;
};

let tenants = 0;

/** A tenant of its own with one registered server, `files`, of which `atlas` is assigned every tool. */
export async function aMcpScene(
  app: App,
  options: McpServerOptions = {},
  settings: Partial<RegisterMcpServerInput> = {},
): Promise<McpScene> {
  tenants += 1;
  const tenant = `mcp-tenant-${tenants}`;
  const server = await startMcpServer(options);
  const { id } = await register(app, tenant, { serverUrl: server.url, name: 'files', ...settings });
  const caller = aCaller(app, tenant);
  await assignMcp(caller, await namesOf(app, tenant));
  return {
    ...{ server, serverId: id, caller, tenant },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

export function register(app: App, tenant: string, input: RegisterMcpServerInput) {
  return registerMcpServer(contextOf(app, tenant), input);
}

export function refresh(app: App, tenant: string, id: string) {
  return refreshMcpServer(contextOf(app, tenant), { id });
}

export function switchServer(app: App, tenant: string, id: string, isActive: boolean) {
  return updateMcpServer(contextOf(app, tenant), { id, isActive });
}

export async function assignMcp(
  caller: ReturnType<typeof aCaller>,
  tools: string[],
  agent = 'atlas',
) {
  const { status, body } = await caller.post(`/agents/${agent}/mcp-tools`, { tools });
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body as { agent_id: string; tools: string[]; revision: string };
}

/** The names under which tools of a tenant can be assigned one by one. */
export async function namesOf(app: App, tenant: string): Promise<string[]> {
  const rows = await query<{ name: string }>(
    app.ports.storage.fork(),
    `select s.name || '/' || k.name as name from mcp_tools k join mcp_servers s on s.id = k.server_id
     where k.tenant_id = $1 order by s.name, k.position`,
    [tenant],
  );
  return rows.map(({ name }) => name);
}

/** Calls without a transport, as an agent that listens. */
export function callAs(
  app: App,
  tenant: string,
  input: Omit<CallToolInput, 'agentId'>,
  { signal = null, ...listeners }: CallListeners & { signal?: AbortSignal | null } = {},
) {
  const { actor } = contextOf(app, tenant);
  const ctx: CallContext = { actor, calls: app.calls, signal, traceHeaders: {} };
  return callTool(ctx, { agentId: 'atlas', ...input }, listeners);
}

export function contextOf({ ports }: App, tenant: string) {
  const { storage, clock, sealer, mcp } = ports;
  const actor = {
    ...{ tenant, app: 'shop', subject: null, expiresAt: null },
    scopes: new Set<string>(Object.values(scopes)),
  };
  return { em: storage.fork(), actor, clock, sealer, mcp };
}

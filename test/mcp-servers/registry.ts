import type { App } from '../../src/app.js';
import { listChanges } from '../../src/changes/list-changes.js';
import { type Context, scopes } from '../../src/context.js';
import { query } from '../../src/storage/sql.js';
import { aTestApp, type TestAppOptions } from '../support/test-app.js';

export type Registry = AsyncDisposable & {
  app: App;
  /** What a request of the tenant carries. */
  ctx(tenant?: string): Pick<Context, 'em' | 'actor' | 'clock' | 'sealer' | 'mcp'>;
  /** Kinds of the changes after a revision, with the agents that they touch. */
  changes(after?: string): Promise<string[]>;
  /** Stored tools of a server, in its order. */
  tools(serverId: string): Promise<StoredTool[]>;
  assign(agentId: string, serverId: string, names: string[]): Promise<void>;
};

export type StoredTool = {
  id: string;
  name: string;
  toolName: string;
  description: string | null;
  inputSchema: unknown;
  isListed: boolean;
  isApproved: boolean;
  held: { grade: string; reasons: string[]; fingerprint: string } | null;
  grade: string | null;
};

/** The application with nothing that looks at servers by itself, unless told. */
export async function openRegistry(options: TestAppOptions = {}): Promise<Registry> {
  const app = await aTestApp({
    ...options,
    env: { EGRESS_ALLOW: '127.0.0.1', MCP_REFRESH_SECONDS: '0', ...options.env },
  });
  const { storage, clock, sealer, mcp } = app.ports;
  const ctx = (tenant = 'acme') => ({
    em: storage.fork(),
    actor: {
      ...{ tenant, app: 'shop', subject: null, expiresAt: null },
      scopes: new Set<string>(Object.values(scopes)),
    },
    ...{ clock, sealer, mcp },
  });
  return {
    app,
    ctx,
    changes: async (after = '0') => {
      const rows = await listChanges(ctx(), { after, first: 100 });
      return rows.map(({ kind, agentIds }) => [kind, ...agentIds].join(' '));
    },
    tools: (serverId) =>
      query<StoredTool>(
        storage.fork(),
        `select id, name, tool_name as "toolName", description, input_schema as "inputSchema", is_listed as "isListed",
           is_approved as "isApproved", held, grade from mcp_tools where server_id = $1::uuid order by position, name`,
        [serverId],
      ),
    assign: async (agentId, serverId, names) => {
      await query(
        storage.fork(),
        `insert into agent_mcp_tools (tenant_id, app_id, agent_id, tool_id, position, assigned_revision)
         select tenant_id, 'shop', $1, id, position, 0 from mcp_tools where server_id = $2::uuid and name = any($3::text[])`,
        [agentId, serverId, names],
      );
    },
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}

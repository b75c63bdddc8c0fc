import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { requireScope } from '../access/require-scope.js';
import { writeCatalog } from '../changes/write-catalog.js';
import { type Context, scopes } from '../context.js';
import { AppError, type InputIssue } from '../errors.js';
import { nearest } from '../lib/nearest.js';
import { parseInput } from '../lib/parse-input.js';
import { query } from '../storage/sql.js';
import { AgentIdInput } from './agent-id.js';
import { indexMcpTools, type NamedMcpTool } from './index-mcp-tools.js';
import { assignedMcpToolNames, mcpToolNames, mcpToolsNamed } from './mcp-tool-names.queries.js';

export const AssignMcpToolsInput = z.object({
  agentId: AgentIdInput,
  tools: z.array(z.string().min(1).max(500)).max(10_000),
});
export type AssignMcpToolsInput = z.input<typeof AssignMcpToolsInput>;

export type McpAssignmentResult = {
  agentId: string;
  /** What the agent is assigned now: see `listMcpToolNames`. */
  tools: string[];
  /** The tenant's revision afterwards. */
  revision: string;
};

/** For how many unknown names the nearest ones are looked for. */
const maxHints = 20;

/**
 * Replaces the MCP tools of an agent, all or none. A tool is named `tool`, or `server/tool` where two servers share the
 * name; one that is not offered now, as its server stopped listing it or it is held back, may be assigned and is offered
 * once that changes. A list that means the tools that are assigned already takes no revision.
 * Throws INVALID_INPUT naming every name that means no tool, with the nearest ones, or more than one.
 */
export async function assignMcpTools(
  ctx: Pick<Context, 'em' | 'actor' | 'clock'>,
  raw: AssignMcpToolsInput,
): Promise<McpAssignmentResult> {
  requireScope(ctx.actor, scopes.write);
  const { agentId, tools } = parseInput(AssignMcpToolsInput, raw);
  const { tenant } = ctx.actor;
  return writeCatalog(ctx, async ({ em, revision, record }) => {
    const wanted = await findTools(em, tenant, tools);
    const isChanged = await replaceTools(em, tenant, { agentId, wanted, revision });
    const names = await assignedMcpToolNames(em, tenant, [agentId]);
    return {
      agentId,
      tools: names.get(agentId) ?? [],
      revision: isChanged
        ? await record({ kind: 'MCP_TOOLS_ASSIGNED', agentIds: [agentId] })
        : revision,
    };
  });
}

/** Ids in the order of the names, each once. */
async function findTools(
  em: EntityManager,
  tenant: string,
  names: readonly string[],
): Promise<string[]> {
  const storable = names.filter((name) => !name.includes('\0'));
  const index = indexMcpTools(await mcpToolsNamed(em, tenant, storable));
  const found = names.map((name) => index.find(name));
  const isUnknown = found.some((tools) => tools.length === 0);
  const known = isUnknown ? await mcpToolNames(em, tenant) : null;
  let hints = 0;
  const issues = found.flatMap((tools, place): InputIssue[] => {
    if (tools.length === 1) return [];
    const name = names[place] ?? '';
    if (tools.length > 1) return [toAmbiguous(place, name, tools, index.nameOf)];
    hints += 1;
    const alike = (name.includes('/') ? known?.long : known?.short) ?? [];
    return [toUnknown(place, name, hints <= maxHints ? nearest(name, alike) : [])];
  });
  if (issues.length > 0) refuse(issues);
  return [...new Set(found.flatMap((tools) => tools.map(({ id }) => id)))];
}

function toUnknown(place: number, name: string, near: readonly string[]): InputIssue {
  const hint = near.length > 0 ? `; did you mean ${near.map(quote).join(' or ')}?` : '';
  return {
    path: ['tools', place],
    message: `there is no MCP tool ${quote(name)}${hint}`,
    code: 'unknown_mcp_tool',
  };
}

function toAmbiguous(
  place: number,
  name: string,
  tools: readonly NamedMcpTool[],
  nameOf: (tool: NamedMcpTool) => string,
): InputIssue {
  const servers = [...new Set(tools.map(({ serverName }) => quote(serverName)))];
  const given = tools.map((tool) => quote(nameOf(tool)));
  return {
    path: ['tools', place],
    message: `${quote(name)} is a tool of several servers, ${servers.join(' and ')}: give ${given.join(' or ')}`,
    code: 'ambiguous_mcp_tool',
  };
}

function refuse(issues: InputIssue[]): never {
  const named = issues.slice(0, 20).map(({ message }) => message);
  const more = issues.length > named.length ? ` (and ${issues.length - named.length} more)` : '';
  throw new AppError('INVALID_INPUT', `tools: ${named.join('; ')}${more}`, { issues });
}

/** Whether that changed anything. Tools that stay keep their place, and with it their name in the agent's view. */
async function replaceTools(
  em: EntityManager,
  tenant: string,
  { agentId, wanted, revision }: { agentId: string; wanted: readonly string[]; revision: string },
): Promise<boolean> {
  const removed = await query(
    em,
    `delete from agent_mcp_tools
     where tenant_id = $1 and agent_id = $2 and not (tool_id = any($3::uuid[])) returning tool_id`,
    [tenant, agentId, wanted],
  );
  const added = await query(
    em,
    `insert into agent_mcp_tools (tenant_id, app_id, agent_id, tool_id, position, assigned_revision)
     select k.tenant_id, s.app_id, $2, k.id, w.place, $4::bigint + 1
     from unnest($3::uuid[]) with ordinality as w(id, place)
     join mcp_tools k on k.tenant_id = $1 and k.id = w.id
     join mcp_servers s on s.tenant_id = k.tenant_id and s.id = k.server_id
     on conflict do nothing returning tool_id`,
    [tenant, agentId, wanted, revision],
  );
  return removed.length + added.length > 0;
}

function quote(name: string): string {
  return `"${name}"`;
}

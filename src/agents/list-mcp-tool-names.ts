import { requireScope } from '../access/require-scope.js';
import { scopes } from '../context.js';
import type { ViewReads } from './effective-tools.js';
import { assignedMcpToolNames } from './mcp-tool-names.queries.js';

/** Names of the MCP tools that are assigned to an agent, at a revision of its tenant. */
export type AssignedMcpTools = { names: readonly string[]; revision: string };

/**
 * The MCP tools that agents are assigned, offered now or not: `tool`, or `server/tool` where two servers share the name.
 * Of several agents in as many statements as for one. Every agent that is asked for has an entry.
 */
export async function listMcpToolNames(
  { actor, views }: ViewReads,
  agentIds: readonly string[],
): Promise<Map<string, AssignedMcpTools>> {
  requireScope(actor, scopes.read);
  const parts = new Map(agentIds.map((agentId) => [`mcp-tools\n${agentId}`, agentId]));
  const found = await views.recall(actor.tenant, [...parts.keys()], async ({ em }, missing) => {
    const ids = missing.map((part) => parts.get(part) ?? '');
    const names = await assignedMcpToolNames(em, actor.tenant, ids);
    return new Map(missing.map((part) => [part, names.get(parts.get(part) ?? '') ?? []]));
  });
  return new Map(
    [...found].map(([part, { value, version }]) => [
      parts.get(part) ?? '',
      { names: value, revision: String(version.revision) },
    ]),
  );
}

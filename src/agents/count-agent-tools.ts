import { z } from 'zod';
import { requireScope } from '../access/require-scope.js';
import { scopes } from '../context.js';
import { parseInput } from '../lib/parse-input.js';
import { AgentIdInput } from './agent-id.js';
import { countEffectiveTools, type ViewReads } from './effective-tools.js';

export const CountAgentToolsInput = z.object({ agentId: AgentIdInput.nullish() });
export type CountAgentToolsInput = z.input<typeof CountAgentToolsInput>;

/** How many tools an agent has, at a revision of its tenant. */
export type ToolCount = { count: number; revision: string };

/** How many tools one agent has (0 for one that nobody knows), or every agent that has any. */
export async function countAgentTools(
  ctx: ViewReads,
  raw: CountAgentToolsInput,
): Promise<{ agentId: string; count: number }[]> {
  requireScope(ctx.actor, scopes.read);
  const { agentId } = parseInput(CountAgentToolsInput, raw);
  if (agentId) {
    const counts = await countToolsOfAgents(ctx, [agentId]);
    return [{ agentId, count: counts.get(agentId)?.count ?? 0 }];
  }
  const { tenant } = ctx.actor;
  const part = 'counts';
  const found = await ctx.views.recall(tenant, [part], async ({ em }) => {
    const counts = await countEffectiveTools(em, tenant, null);
    return new Map([[part, [...counts].map(([id, count]) => ({ agentId: id, count }))]]);
  });
  return found.get(part)?.value ?? [];
}

/** Of several agents in as many statements as for one. Every agent that is asked for has an entry. */
export async function countToolsOfAgents(
  { actor, views }: ViewReads,
  agentIds: readonly string[],
): Promise<Map<string, ToolCount>> {
  requireScope(actor, scopes.read);
  const parts = new Map(agentIds.map((agentId) => [`count\n${agentId}`, agentId]));
  const found = await views.recall(actor.tenant, [...parts.keys()], async ({ em }, missing) => {
    const ids = missing.map((part) => parts.get(part) ?? '');
    const counts = await countEffectiveTools(em, actor.tenant, ids);
    return new Map(missing.map((part) => [part, counts.get(parts.get(part) ?? '') ?? 0]));
  });
  return new Map(
    [...found].map(([part, { value, version }]) => [
      parts.get(part) ?? '',
      { count: value, revision: String(version.revision) },
    ]),
  );
}

import { z } from 'zod';
import { requireScope } from '../access/require-scope.js';
import { type Context, scopes } from '../context.js';
import { parseInput } from '../lib/parse-input.js';
import { AgentIdInput } from './agent-id.js';
import { countEffectiveTools } from './effective-tools.js';

export const CountAgentToolsInput = z.object({ agentId: AgentIdInput.nullish() });
export type CountAgentToolsInput = z.input<typeof CountAgentToolsInput>;

/** How many tools one agent has (0 for one that nobody knows), or every agent that has any. */
export async function countAgentTools(
  ctx: Pick<Context, 'em' | 'actor'>,
  raw: CountAgentToolsInput,
): Promise<{ agentId: string; count: number }[]> {
  requireScope(ctx.actor, scopes.read);
  const { agentId } = parseInput(CountAgentToolsInput, raw);
  const counts = await countEffectiveTools(ctx.em, ctx.actor.tenant, agentId ? [agentId] : null);
  if (agentId) return [{ agentId, count: counts.get(agentId) ?? 0 }];
  return [...counts].map(([id, count]) => ({ agentId: id, count }));
}

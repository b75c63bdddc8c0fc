import { requireScope } from '../access/require-scope.js';
import { scopes } from '../context.js';
import type { JsonSchema } from '../openapi/types.js';
import { effectiveTools, type ViewReads } from './effective-tools.js';
import { readServedTools } from './read-served-tools.js';

/** What a tool of an agent's view says that it answers; null where it says nothing, and for any other name. Shared and frozen. */
export async function findOutputSchema(
  { actor, views }: ViewReads,
  { agentId, name }: { agentId: string; name: string },
): Promise<JsonSchema | null> {
  requireScope(actor, scopes.call);
  const part = `output\n${agentId}\n${name}`;
  const found = await views.recall(actor.tenant, [part], async ({ em }) => {
    const tools = await effectiveTools(em, actor.tenant, [agentId]);
    const tool = (tools.get(agentId)?.tools ?? []).find((one) => one.name === name);
    const rows = await readServedTools({ em, actor }, tool ? [tool] : []);
    return new Map([[part, { schema: (tool && rows.get(tool.id)?.outputSchema) ?? null }]]);
  });
  return found.get(part)?.value.schema ?? null;
}

import { requireScope } from '../access/require-scope.js';
import { type Context, scopes } from '../context.js';
import { isUuid } from '../lib/uuid.js';
import { query } from '../storage/sql.js';
import { effectiveTools, type ViewReads } from './effective-tools.js';
import { withDocuments } from './search-documents.queries.js';

/** About how many tokens of a model the definition of each tool takes, by id; unknown tools are left out. */
export async function tokensByToolIds(
  { em, actor }: Pick<Context, 'em' | 'actor'>,
  ids: readonly string[],
): Promise<Map<string, number>> {
  requireScope(actor, scopes.read);
  const rows = await query<{ id: string; tokens: number }>(
    em,
    `select tool_id as id, tokens from search_documents
     where tenant_id = $1 and tool_id = any($2::uuid[])`,
    [actor.tenant, ids.filter(isUuid)],
  );
  return new Map(rows.map(({ id, tokens }) => [id, tokens]));
}

/** The same for all that each agent is offered; every agent that is asked for has an entry. */
export async function tokensOfAgents(
  { actor, views }: ViewReads,
  agentIds: readonly string[],
): Promise<Map<string, number>> {
  requireScope(actor, scopes.read);
  const parts = new Map(agentIds.map((agentId) => [`tokens\n${agentId}`, agentId]));
  const found = await views.recall(actor.tenant, [...parts.keys()], async ({ em }, missing) => {
    const ids = missing.map((part) => parts.get(part) ?? '');
    const all = await effectiveTools(em, actor.tenant, ids);
    const sums = new Map<string, number>();
    for (const part of missing) {
      const tools = all.get(parts.get(part) ?? '')?.tools ?? [];
      const documents = await withDocuments(em, actor.tenant, tools);
      const sum = documents.reduce((total, { tokens }) => total + tokens, 0);
      sums.set(part, sum);
    }
    return sums;
  });
  return new Map([...found].map(([part, { value }]) => [parts.get(part) ?? '', value]));
}

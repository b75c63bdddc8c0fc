import { z } from 'zod';
import { requireScope } from '../access/require-scope.js';
import { type Context, scopes } from '../context.js';
import { parseInput } from '../lib/parse-input.js';
import { query } from '../storage/sql.js';
import type { CatalogChange } from './catalog-change.entity.js';

export const ListChangesInput = z.object({
  after: z
    .string()
    .regex(/^\d{1,18}$/, 'expected a revision: a decimal number of at most 18 digits'),
  first: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .nullish()
    .transform((value) => value ?? 100),
  agentId: z.string().min(1).max(200).nullish(),
});
export type ListChangesInput = z.input<typeof ListChangesInput>;

export type CatalogChangeRow = Omit<CatalogChange, 'at'> & { at: Date };

/** Changes after a revision, oldest first; with `agentId` only those that alter that agent's tools. */
export async function listChanges(
  ctx: Pick<Context, 'em' | 'actor'>,
  raw: ListChangesInput,
): Promise<CatalogChangeRow[]> {
  requireScope(ctx.actor, scopes.read);
  const { after, first, agentId } = parseInput(ListChangesInput, raw);
  const rows = await query<Omit<CatalogChangeRow, 'at'> & { at: string }>(
    ctx.em,
    `select tenant_id as "tenantId", revision, kind, at, agent_ids as "agentIds", api_id as "apiId",
            endpoint_id as "endpointId", mcp_server_id as "mcpServerId"
     from catalog_changes
     where tenant_id = $1 and revision > $2::bigint and ($3::text is null or $3 = any(agent_ids))
     order by revision limit $4`,
    [ctx.actor.tenant, after, agentId ?? null, first],
  );
  return rows.map((row) => ({ ...row, at: new Date(row.at) }));
}

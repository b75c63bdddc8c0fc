import { z } from 'zod';
import { requireScope } from '../access/require-scope.js';
import { scopes } from '../context.js';
import { decodeCursor, encodeCursor, type Page, pageArguments } from '../lib/page.js';
import { parseInput } from '../lib/parse-input.js';
import { query } from '../storage/sql.js';
import { type ApiRow, apiColumns, type Reads, toApiRow } from './catalog.queries.js';

export const ListApisInput = z.object({
  appId: z.string().max(200).nullish(),
  ...pageArguments({ first: 50 }),
});
export type ListApisInput = z.input<typeof ListApisInput>;

/** By name. Without `appId`: those of the actor's app, or of the whole tenant for an actor without one. */
export async function listApis(ctx: Reads, raw: ListApisInput): Promise<Page<ApiRow>> {
  requireScope(ctx.actor, scopes.read);
  const { appId, first, after } = parseInput(ListApisInput, raw);
  const position = after ? decodeCursor(after, ['text', 'uuid']) : null;
  const rows = await query<ApiRow & { total: number; isAfter: boolean }>(
    ctx.em,
    `with mine as (
       select a.*, count(*) over ()::int as total from apis a
       where a.tenant_id = $1 and ($2::text is null or a.app_id = $2)
     )
     select ${apiColumns}, a.total from mine a
     where $3::text is null or (a.name, a.id) > ($3, $4::uuid)
     order by a.name, a.id limit $5`,
    [
      ctx.actor.tenant,
      appId ?? ctx.actor.app,
      position?.[0] ?? null,
      position?.[1] ?? null,
      first + 1,
    ],
  );
  const total = rows[0]?.total ?? (await countApis(ctx, appId ?? ctx.actor.app));
  return {
    items: rows.slice(0, first).map(({ total: _, ...row }) => toApiRow(row)),
    total,
    hasNextPage: rows.length > first,
    hasPreviousPage: position !== null,
    cursorOf: ({ name, id }) => encodeCursor([name, id]),
  };
}

async function countApis(ctx: Reads, appId: string | null): Promise<number> {
  const [row] = await query<{ count: number }>(
    ctx.em,
    'select count(*)::int as count from apis where tenant_id = $1 and ($2::text is null or app_id = $2)',
    [ctx.actor.tenant, appId],
  );
  return row?.count ?? 0;
}

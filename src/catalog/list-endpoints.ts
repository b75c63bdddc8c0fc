import { z } from 'zod';
import { requireScope } from '../access/require-scope.js';
import { scopes } from '../context.js';
import { likePattern } from '../lib/like-pattern.js';
import { decodeCursor, encodeCursor, type Page, pageArguments } from '../lib/page.js';
import { parseInput } from '../lib/parse-input.js';
import { isUuid } from '../lib/uuid.js';
import { query } from '../storage/sql.js';
import { type EndpointRow, endpointColumns, type Reads } from './catalog.queries.js';
import { getApi } from './get-api.js';

const filters = {
  agentId: z.string().max(200).nullish(),
  search: z.string().max(200).nullish(),
  tag: z.string().max(200).nullish(),
  ...pageArguments({ first: 50 }),
};
export const ListEndpointsInput = z.object({ apiId: z.string(), ...filters });
export type ListEndpointsInput = z.input<typeof ListEndpointsInput>;

export const ListEndpointsOfApisInput = z.object({ apiIds: z.array(z.string()), ...filters });
export type ListEndpointsOfApisInput = z.input<typeof ListEndpointsOfApisInput>;

/** One API's endpoints in the order of the document; with `agentId` only those assigned to it. NOT_FOUND for no such API. */
export async function listEndpoints(
  ctx: Reads,
  { apiId, ...rest }: ListEndpointsInput,
): Promise<Page<EndpointRow>> {
  const api = await getApi(ctx, { id: apiId });
  const pages = await listEndpointsOfApis(ctx, { apiIds: [api.id], ...rest });
  return pages.get(api.id) ?? toPage([], 0, false, 0);
}

/** The same page of several APIs in one statement. APIs that do not exist have no entry. */
export async function listEndpointsOfApis(
  ctx: Reads,
  raw: ListEndpointsOfApisInput,
): Promise<Map<string, Page<EndpointRow>>> {
  requireScope(ctx.actor, scopes.read);
  const { apiIds, agentId, search, tag, first, after } = parseInput(ListEndpointsOfApisInput, raw);
  const position = after ? decodeCursor(after, ['integer', 'uuid']) : null;
  const known = apiIds.filter(isUuid);
  const rows = await query<EndpointRow & { total: number; place: number; start: number }>(
    ctx.em,
    `with matching as (
       select ${endpointColumns},
              count(*) over (partition by e.api_id)::int as total,
              row_number() over (partition by e.api_id order by e.position, e.id)::int as place,
              count(*) filter (where $6::int is not null and (e.position, e.id) <= ($6, $7::uuid))
                over (partition by e.api_id)::int as start
       from endpoints e
       where e.tenant_id = $1 and e.api_id = any($2::uuid[])
         and ($3::text is null or e.name ilike $3 or e.description ilike $3 or e.path ilike $3)
         and ($4::text is null or $4 = any(e.tags))
         and ($5::text is null or exists (
           select from agent_tool_assignments t
           where t.tenant_id = e.tenant_id and t.endpoint_id = e.id and t.agent_id = $5))
     )
     select * from matching where place > start and place <= start + $8
       or (total = start and place = total)
     order by "apiId", place`,
    [
      ctx.actor.tenant,
      known,
      search ? likePattern(search) : null,
      tag ?? null,
      agentId ?? null,
      position?.[0] ?? null,
      position?.[1] ?? null,
      first,
    ],
  );
  const byApi = Map.groupBy(rows, ({ apiId }) => apiId);
  return new Map(
    known.map((apiId) => {
      const found = byApi.get(apiId) ?? [];
      const { total = 0, start = 0 } = found[0] ?? {};
      const items = found.filter(({ place }) => place > start);
      return [apiId, toPage(items, total, position !== null, start + items.length)];
    }),
  );
}

function toPage(
  rows: (EndpointRow & { total?: number; place?: number; start?: number })[],
  total: number,
  hasPreviousPage: boolean,
  end: number,
): Page<EndpointRow> {
  return {
    items: rows.map(({ total: _total, place: _place, start: _start, ...endpoint }) => endpoint),
    total,
    hasNextPage: end < total,
    hasPreviousPage,
    cursorOf: ({ position, id }) => encodeCursor([position, id]),
  };
}

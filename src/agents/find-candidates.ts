import type { EntityManager } from '@mikro-orm/postgresql';
import { planTiers, type Tiers } from '../catalog/search/plan-tiers.js';
import type { WeighedTerm } from '../catalog/search/rank-document.js';
import type { SearchableKind } from '../catalog/search/write-search-documents.js';
import { isServed } from '../mcp-servers/mcp-tools.queries.js';
import { query } from '../storage/sql.js';

export type Candidate = { id: string; kind: SearchableKind; fields: string; tokens: number };

/** Narrow tiers are read until there are this many tools to rank. */
const enough = 150;
/** With fewer than these, whatever has any of the words is looked at too. */
const few = 30;
/** How many tools of a tier are weighed, and how many of them are read. */
const maxWeighed = 800;
const maxRead = 300;
/** Of terms that no more tools have, what has most of the question is read at once. */
const maxAtOnce = 20_000;

/**
 * The tools of a tenant that may answer a question best, of those that are offered now: few enough to be ranked one by
 * one, however many there are.
 */
export async function findCandidates(
  em: EntityManager,
  tenant: string,
  { terms, kind }: { terms: readonly WeighedTerm[]; kind: SearchableKind | null },
): Promise<Candidate[]> {
  const tiers = planTiers(terms);
  if (!tiers) return [];
  const found = new Map<string, Candidate>();
  const read = async (tier: string) => {
    const rows = await query<Candidate>(em, selectTier, [tenant, tier, tiers.weighed, kind]);
    for (const row of rows) found.set(row.id, row);
  };
  for (const tier of narrowTiers(tiers, terms)) {
    await read(tier);
    if (found.size >= enough) break;
  }
  if (found.size < few) await read(tiers.any);
  return [...found.values()];
}

/** What the widest of them finds is all that the others find, where that is not too much to be weighed. */
function narrowTiers({ heads, all, most }: Tiers, terms: readonly WeighedTerm[]): string[] {
  const isSmall = terms.every(({ tools }) => tools <= maxAtOnce);
  return isSmall ? [most] : [...new Set([heads, all, most])];
}

// Subqueries for single values: as conditions, planners would read all tools first.
const selectTier = `select id, kind, fields, tokens from (
    select tool_id as id, kind, fields, tokens,
      case when count(*) over () > ${maxRead} then ts_rank('{0.1, 0.3, 0.6, 1}', words, $3::tsquery) else 0 end as rank
    from matching_search_documents($1, $2::tsquery, $4, ${maxWeighed})
    order by rank desc, id
  ) ranked
  where ${isOffered('ranked')}
  limit ${maxRead}`;

function isOffered(tool: string): string {
  return `case ${tool}.kind
    when 'ENDPOINT' then (select e.enabled from endpoints e where e.tenant_id = $1 and e.id = ${tool}.id)
    else (select ${isServed} from mcp_tools k join mcp_servers s on s.tenant_id = k.tenant_id and s.id = k.server_id
          where k.tenant_id = $1 and k.id = ${tool}.id)
  end`;
}

/** Those of some tools that are offered now, as candidates, in no order. */
export function readOffered(
  em: EntityManager,
  tenant: string,
  { ids, kind }: { ids: readonly string[]; kind: SearchableKind | null },
): Promise<Candidate[]> {
  return query<Candidate>(em, selectOffered, [tenant, ids, kind]);
}

const selectOffered = `select id, kind, fields, tokens from (
    select tool_id as id, kind, fields, tokens from search_documents
    where tenant_id = $1 and tool_id = any($2::uuid[]) and ($3::text is null or kind = $3)
  ) found where ${isOffered('found')}`;

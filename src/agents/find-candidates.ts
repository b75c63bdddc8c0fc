import type { EntityManager } from '@mikro-orm/postgresql';
import { maxOfTier, planTiers } from '../catalog/search/plan-tiers.js';
import type { WeighedTerm } from '../catalog/search/rank-document.js';
import type { SearchableKind } from '../catalog/search/write-search-documents.js';
import { isServed } from '../mcp-servers/mcp-tools.queries.js';
import { query, type RunStatement, toStatement } from '../storage/sql.js';

export type Candidate = { id: string; kind: SearchableKind; fields: string; tokens: number };

/**
 * The tools of a tenant that may answer a question best, of those that are offered now: few enough to be ranked one by
 * one, however many there are.
 */
export async function findCandidates(
  run: RunStatement,
  tenant: string,
  { terms, kind }: { terms: readonly WeighedTerm[]; kind: SearchableKind | null },
): Promise<Candidate[]> {
  const tiers = planTiers(terms);
  if (tiers.length === 0) return [];
  const queries = tiers.map(({ query: asked }) => asked);
  const bounds = tiers.map(({ bound }) => String(bound));
  return run<Candidate>(selectCandidates, [tenant, queries, bounds, kind, maxOfTier]);
}

const selectCandidates = toStatement(
  'select id, kind, fields, tokens from search_candidates($1, $2::text[], $3::int[], $4, $5)',
);

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

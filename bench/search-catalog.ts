import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { indexEndpoints } from '../src/catalog/search/index-endpoints.js';
import { inBatches } from '../src/storage/in-batches.js';
import { query } from '../src/storage/sql.js';
import type { CorpusTool } from './search-corpus.js';

export const tenant = 'acme';

export type SearchCatalog = {
  /** Key of a tool of the corpus by the id of its endpoint. */
  keys: ReadonlyMap<string, string>;
  /** Milliseconds that the words of all tools took to be written. */
  indexMs: number;
};

/** All operations of the corpus as one catalog, searchable as a sync would have made them. */
export async function writeCorpus(
  em: EntityManager,
  tools: readonly CorpusTool[],
): Promise<SearchCatalog> {
  const documents = [...new Set(tools.map(({ document }) => document))];
  const apiIds = new Map(documents.map((document) => [document, randomUUID()]));
  const apiNames = new Map(tools.map(({ document, api }) => [document, api]));
  await query(em, insertApis, [
    tenant,
    JSON.stringify(
      documents.map((document, place) => ({
        id: apiIds.get(document),
        // Names are unique, titles are not.
        name: `${apiNames.get(document)} ${place + 1}`,
        title: apiNames.get(document),
      })),
    ),
  ]);
  const rows = tools.map(({ key, document, draft }, position) => ({
    id: randomUUID() as string,
    key,
    apiId: apiIds.get(document),
    draft,
    position,
  }));
  await inBatches(rows.values().map(toEndpoint), (json) =>
    query(em, insertEndpoints, [tenant, json]),
  );
  await inBatches(rows.values().flatMap(toParameters), (json) =>
    query(em, insertParameters, [tenant, json]),
  );
  const started = performance.now();
  await em.transactional((tx) =>
    indexEndpoints(
      tx,
      tenant,
      rows.map(({ id }) => id),
    ),
  );
  const indexMs = performance.now() - started;
  return { keys: new Map(rows.map(({ id, key }) => [id, key])), indexMs };
}

type Row = { id: string; apiId: string | undefined; position: number } & Pick<CorpusTool, 'draft'>;

function toEndpoint({ id, apiId, position, draft }: Row): string {
  const { name, method, path, summary, description, tags } = draft;
  return JSON.stringify({
    ...{ id, name, position, method, path, summary, description, tags },
    api_id: apiId,
    input_schema: draft.inputSchema,
  });
}

function* toParameters({ id, draft }: Row): Iterable<string> {
  for (const [position, { name, argument }] of draft.parameters.entries()) {
    yield JSON.stringify({ endpoint_id: id, name, argument, position });
  }
}

/**
 * Adds renamed copies of the corpus until the catalog has `size` tools: with each copy the names of its tools and of its
 * APIs get a word that no other copy has. Written by the database out of what the indexer wrote, without the triggers
 * that count words, and counted at the end.
 */
export async function addCopies(em: EntityManager, size: number): Promise<void> {
  const [row] = await query<{ tools: number; base: number; copies: number }>(em, countTools, [
    tenant,
  ]);
  const { tools, base, copies } = row ?? { tools: 0, base: 1, copies: 0 };
  await query(em, 'alter table search_documents disable trigger user');
  await query(em, 'drop index search_documents_words');
  for (let copy = copies + 1, left = size - tools; left > 0; copy += 1, left -= base) {
    await query(em, copyTools, [tenant, copy, Math.min(left, base)]);
  }
  await query(
    em,
    'create index search_documents_words on search_documents using gin (tenant_id, words) with (gin_pending_list_limit = 256)',
  );
  await query(em, 'alter table search_documents enable trigger user');
  await query(em, 'delete from search_words');
  await query(
    em,
    `insert into search_words (tenant_id, word, tools)
     select d.tenant_id, l.word, count(*) from search_documents d
       cross join lateral (select '' union all select * from unnest(tsvector_to_array(d.words))) l(word)
     group by 1, 2`,
  );
  // As a catalog stands that is asked: not with what cleans up behind a million new rows still at work.
  await query(em, 'vacuum (analyze)');
}

const insertApis = `insert into apis (id, tenant_id, app_id, name, title, base_url, content_hash, spec_version,
  compatibility_score, created_at, synced_at)
select r.id, $1, 'shop', r.name, r.title, 'https://api.example.com', md5(r.name), '3.1.0', 100, now(), now()
from json_to_recordset($2::json) as r(id uuid, name text, title text)`;

const insertEndpoints = `insert into endpoints (id, tenant_id, api_id, name, source_name, method, path, summary,
  description, tags, position, contract_hash, input_schema, plan)
select r.id, $1, r.api_id, r.name, r.name, r.method, r.path, r.summary, r.description, r.tags, r.position, '',
  r.input_schema, '{}'
from json_to_recordset($2::json) as r(id uuid, api_id uuid, name text, method text, path text, summary text,
  description text, tags text[], position int, input_schema json)`;

const insertParameters = `insert into parameters (id, tenant_id, endpoint_id, name, argument, type, location, required,
  in_path, in_query, in_body, schema, position)
select gen_random_uuid(), $1, r.endpoint_id, r.name, r.argument, 'string', 'QUERY', false, false, true, false, '{}',
  r.position
from json_to_recordset($2::json) as r(endpoint_id uuid, name text, argument text, position int)`;

const countTools = `select count(*)::int as tools, count(*) filter (where a.name !~ '_copy')::int as base,
  coalesce(max(substring(a.name from '_copy(\\d+)$')::int), 0) as copies
from endpoints e join apis a on a.id = e.api_id where e.tenant_id = $1`;

const copyTools = `with api as materialized (
    select id, gen_random_uuid() as copy from apis where tenant_id = $1 and name !~ '_copy'
  ), apis_copied as (
    insert into apis (id, tenant_id, app_id, name, title, base_url, content_hash, spec_version, compatibility_score,
      created_at, synced_at)
    select p.copy, tenant_id, app_id, name || '_copy' || $2::int, title, base_url, content_hash || $2::int, spec_version,
      compatibility_score, created_at, synced_at
    from apis a join api p using (id)
  ), tool as materialized (
    select e.id, gen_random_uuid() as copy, p.copy as api from endpoints e join api p on p.id = e.api_id
    where e.tenant_id = $1 order by e.id limit $3::int
  ), endpoints_copied as (
    insert into endpoints (id, tenant_id, api_id, name, source_name, method, path, summary, description, tags, position,
      contract_hash, input_schema, plan)
    select t.copy, tenant_id, t.api, name || '_copy' || $2::int, source_name, method, path, summary, description, tags,
      position, contract_hash, '{"type":"object"}', plan
    from endpoints e join tool t using (id)
  )
  insert into search_documents (tenant_id, tool_id, kind, words, fields, tokens, analyzer)
  select tenant_id, t.copy, kind, words || ('''copi' || $2::int || ''':1A ''copi' || $2::int || '.''')::tsvector,
    regexp_replace(fields, E'\\n', E'\\ncopi' || $2::int || ' '), tokens, analyzer
  from search_documents d join tool t on t.id = d.tool_id where d.tenant_id = $1`;

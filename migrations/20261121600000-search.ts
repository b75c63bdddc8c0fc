import { Migration } from '@mikro-orm/migrations';

/** What tools are searched by. Rows are written by the program, which analyses the words: see `backfillSearch`. */
export class Search20261121600000 extends Migration {
  override name = '20261121600000-search';

  override up(): void {
    for (const statement of statements) this.addSql(statement);
  }
}

const statements = [
  // Both are trusted: the owner of the database may create them (PostgreSQL 13 and newer).
  'create extension if not exists pg_trgm',
  'create extension if not exists btree_gin',
  `create table search_documents (
    tenant_id text not null,
    tool_id uuid not null,
    kind text not null,
    words tsvector not null,
    fields text not null,
    tokens int not null,
    analyzer int not null,
    primary key (tenant_id, tool_id) include (analyzer)
  )`,
  // Every search reads through the entries that are pending, so they stay few: see `writeSearchDocuments`.
  `create index search_documents_words on search_documents using gin (tenant_id, words)
   with (fastupdate = on, gin_pending_list_limit = 256)`,
  // How many tools of the tenant have a word; '' stands for all tools.
  `create table search_words (
    tenant_id text not null,
    word text collate "C" not null,
    tools int not null,
    primary key (tenant_id, word)
  ) with (fillfactor = 70)`,
  `create index search_words_like on search_words using gin (tenant_id, word gin_trgm_ops) with (fastupdate = off)`,
  // Planners guess badly how many tools match a question, and would rather read all of them than the index.
  `create function matching_search_documents(tenant text, asked tsquery, of_kind text, at_most int)
   returns setof search_documents language plpgsql stable
   set enable_seqscan = off set enable_indexscan = off set enable_indexonlyscan = off as $$
   begin
     return query execute 'select * from search_documents
       where tenant_id = $1 and words @@ $2 and ($3 is null or kind = $3) limit $4'
     using tenant, asked, of_kind, at_most;
   end $$`,
  // Triggers, because documents go with their tools however those go.
  `create function note_search_documents() returns trigger language plpgsql as $$
   declare
     gone_tenants text[]; gone_words tsvector[]; come_tenants text[]; come_words tsvector[];
   begin
     if tg_op <> 'INSERT' then
       select array_agg(tenant_id), array_agg(words) into gone_tenants, gone_words from gone;
     end if;
     if tg_op <> 'DELETE' then
       select array_agg(tenant_id), array_agg(words) into come_tenants, come_words from come;
     end if;
     insert into search_words as w (tenant_id, word, tools)
     select d.tenant_id, l.word, sum(d.tools)::int from (
       select g.*, -1 as tools from unnest(gone_tenants, gone_words) as g(tenant_id, words)
       union all
       select c.*, 1 from unnest(come_tenants, come_words) as c(tenant_id, words)
     ) d cross join lateral (select '' as word union all select unnest(tsvector_to_array(d.words))) l
     group by 1, 2 having sum(d.tools) <> 0 order by 1, 2
     on conflict (tenant_id, word) do update set tools = w.tools + excluded.tools;
     return null;
   end $$`,
  `create trigger search_documents_inserted after insert on search_documents
   referencing new table as come for each statement execute function note_search_documents()`,
  `create trigger search_documents_updated after update on search_documents
   referencing old table as gone new table as come for each statement execute function note_search_documents()`,
  `create trigger search_documents_deleted after delete on search_documents
   referencing old table as gone for each statement execute function note_search_documents()`,
  `create function forget_search_documents() returns trigger language plpgsql as $$
   begin
     delete from search_documents d using gone where d.tenant_id = gone.tenant_id and d.tool_id = gone.id;
     return null;
   end $$`,
  `create trigger endpoints_forgotten after delete on endpoints
   referencing old table as gone for each statement execute function forget_search_documents()`,
  `create trigger mcp_tools_forgotten after delete on mcp_tools
   referencing old table as gone for each statement execute function forget_search_documents()`,
];

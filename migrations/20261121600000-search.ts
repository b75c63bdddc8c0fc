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
  // Without a list of pending entries, which every search would read through.
  `create index search_documents_words on search_documents using gin (tenant_id, words) with (fastupdate = off)`,
  // How many tools of the tenant have a word; '' stands for all tools.
  `create table search_words (
    tenant_id text not null,
    word text collate "C" not null,
    tools int not null,
    primary key (tenant_id, word)
  ) with (fillfactor = 70)`,
  `create index search_words_like on search_words using gin (tenant_id, word gin_trgm_ops) with (fastupdate = off)`,
  // Triggers, because documents go with their tools however those go.
  `create function count_search_words(delta int, tenants text[], documents tsvector[]) returns void language sql as $$
     insert into search_words as w (tenant_id, word, tools)
     select tenant_id, word, delta * count(*)::int from unnest(tenants, documents) as d(tenant_id, words)
       cross join lateral (select '' union all select * from unnest(tsvector_to_array(words))) as l(word)
     group by tenant_id, word order by tenant_id, word
     on conflict (tenant_id, word) do update set tools = w.tools + excluded.tools
   $$`,
  `create function note_search_documents() returns trigger language plpgsql as $$
   begin
     if tg_op <> 'INSERT' then
       perform count_search_words(-1, array_agg(tenant_id), array_agg(words)) from gone;
     end if;
     if tg_op <> 'DELETE' then
       perform count_search_words(1, array_agg(tenant_id), array_agg(words)) from come;
     end if;
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

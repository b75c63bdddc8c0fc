import { Migration } from '@mikro-orm/migrations';

/** What tools mean, as vectors, and who of several processes is making them. Empty where no model is configured. */
export class ToolEmbeddings20261121610000 extends Migration {
  override name = '20261121610000-tool-embeddings';

  override up(): void {
    for (const statement of statements) this.addSql(statement);
  }
}

const statements = [
  `create table tool_embeddings (
    tenant_id text not null,
    tool_id uuid not null,
    model text not null,
    digest bytea not null,
    document text not null,
    version bigint not null,
    vector bytea,
    primary key (tenant_id, tool_id, model)
  )`,
  // Random numbers do not get smaller.
  'alter table tool_embeddings alter column vector set storage external',
  'create index tool_embeddings_version on tool_embeddings (tenant_id, model, version)',
  `create table tool_embedding_turns (
    tenant_id text not null,
    model text not null,
    holder uuid not null,
    held_until timestamptz not null,
    revision bigint,
    version bigint not null,
    primary key (tenant_id, model)
  )`,
  // A trigger, as for the documents themselves: vectors go with their tools however those go.
  `create function forget_tool_embeddings() returns trigger language plpgsql as $$
   begin
     delete from tool_embeddings e using gone where e.tenant_id = gone.tenant_id and e.tool_id = gone.tool_id;
     return null;
   end $$`,
  `create trigger search_documents_unembedded after delete on search_documents
   referencing old table as gone for each statement execute function forget_tool_embeddings()`,
];

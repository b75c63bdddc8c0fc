import { Migration } from '@mikro-orm/migrations';

/** Local tools get a revision, as tenants have, under the tenant '' that nobody can be. */
export class LocalToolsRevision20261121300000 extends Migration {
  override name = '20261121300000-local-tools-revision';

  override up(): void {
    for (const statement of statements) this.addSql(statement);
  }
}

const statements = [
  // A trigger, because operators edit local tools with SQL, and whoever remembers their names must hear of it.
  `create function note_local_tools_change() returns trigger language plpgsql as $$
   declare next bigint;
   begin
     insert into catalog_revisions as r (tenant_id, revision) values ('', 1)
     on conflict (tenant_id) do update set revision = r.revision + 1 returning r.revision into next;
     perform pg_notify('catalog_changed', next || ' ');
     return null;
   end $$`,
  `create trigger local_tools_changed after insert or update or delete on local_tools
   for each row execute function note_local_tools_change()`,
];

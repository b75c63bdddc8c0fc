import { Migration } from '@mikro-orm/migrations';

/** How far back each tenant's change log reaches. */
export class Live20261121200000 extends Migration {
  override name = '20261121200000-live';

  override up(): void {
    for (const statement of statements) this.addSql(statement);
  }
}

const statements = [
  // The newest revision whose change has been deleted: from before it nobody can resume.
  `alter table catalog_revisions add column log_floor bigint not null default 0`,
  `create index catalog_changes_age on catalog_changes (at)`,
];

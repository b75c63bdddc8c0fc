import { Migration } from '@mikro-orm/migrations';

export class Ati20261121800000 extends Migration {
  override name = '20261121800000-ati';

  override up(): void {
    for (const statement of statements) this.addSql(statement);
  }
}

const statements = [
  `alter table call_records add column job_id text, add column sandbox_id text`,
  // Null: nobody may give another URL for one call.
  `alter table mcp_servers add column upstream_urls json`,
];

import { Migration } from '@mikro-orm/migrations';

export class Jobs20261121500000 extends Migration {
  override name = '20261121500000-jobs';

  override up(): void {
    for (const statement of statements) this.addSql(statement);
  }
}

const statements = [
  `create table jobs (
    tenant_id text not null,
    id text not null,
    digest text not null,
    token text not null,
    entry_id text not null,
    attempt int not null,
    lease_until timestamptz not null,
    is_started boolean not null,
    is_done boolean not null,
    body bytea,
    body_until timestamptz,
    waiters text[] not null,
    expires_at timestamptz not null,
    primary key (tenant_id, id)
  )`,
  `create index jobs_expiry on jobs (expires_at)`,
  `create index jobs_bodies on jobs (body_until) where body is not null`,
];

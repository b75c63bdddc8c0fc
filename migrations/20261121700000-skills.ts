import { Migration } from '@mikro-orm/migrations';

/** Skills, each with the versions that it had and their files. */
export class Skills20261121700000 extends Migration {
  override name = '20261121700000-skills';

  override up(): void {
    for (const statement of statements) this.addSql(statement);
  }
}

const statements = [
  `create table skills (
    id uuid primary key,
    tenant_id text not null,
    name text not null,
    content_hash text not null,
    loaded_hash text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    unique (tenant_id, id)
  )`,
  `create unique index skills_name on skills (tenant_id, name)`,
  `create table skill_versions (
    tenant_id text not null,
    skill_id uuid not null,
    content_hash text not null,
    manifest json not null,
    files json not null,
    total_bytes int not null,
    uploaded_at timestamptz not null,
    primary key (tenant_id, skill_id, content_hash),
    foreign key (tenant_id, skill_id) references skills (tenant_id, id) on delete cascade
  )`,
  `create table skill_files (
    tenant_id text not null,
    skill_id uuid not null,
    content_hash text not null,
    path text not null,
    content bytea not null,
    primary key (tenant_id, skill_id, content_hash, path),
    foreign key (tenant_id, skill_id, content_hash)
      references skill_versions (tenant_id, skill_id, content_hash) on delete cascade
  )`,
  `alter table catalog_changes add column skill_id uuid`,
];

import { Migration } from '@mikro-orm/migrations';

export class Calls20261121100000 extends Migration {
  override name = '20261121100000-calls';

  override up(): void {
    for (const statement of statements) this.addSql(statement);
  }
}

const statements = [
  `alter table apis add column headers_origin text`,
  `update apis set headers_origin = lower(substring(base_url from '^[a-zA-Z]+://[^/?#]+')) where headers is not null`,
  `create table api_credentials (
    id uuid primary key,
    tenant_id text not null,
    api_id uuid not null,
    scheme text not null,
    kind text not null,
    secret jsonb not null,
    origin text not null,
    updated_at timestamptz not null,
    foreign key (tenant_id, api_id) references apis (tenant_id, id) on delete cascade
  )`,
  `create unique index api_credentials_scheme on api_credentials (tenant_id, api_id, scheme)`,
  // No foreign keys: what was called stays known when the endpoint is gone.
  `create table call_records (
    id uuid primary key,
    tenant_id text not null,
    app_id text,
    agent_id text,
    subject text,
    api_id uuid not null,
    endpoint_id uuid not null,
    tool_name text not null,
    method text not null,
    idempotency_key text,
    arguments json not null,
    request json,
    outcome text not null,
    status int,
    error json,
    duration_ms int not null,
    attempts int not null,
    started_at timestamptz not null,
    finished_at timestamptz not null
  )`,
  `create index call_records_newest on call_records (tenant_id, started_at desc, id desc)`,
  `create index call_records_of_agent on call_records (tenant_id, agent_id, started_at desc, id desc)`,
  `create index call_records_of_endpoint on call_records (tenant_id, endpoint_id, started_at desc, id desc)`,
  `create index call_records_age on call_records (started_at)`,
  `create table call_journal (
    id uuid primary key,
    tenant_id text not null,
    agent_id text,
    endpoint_id uuid not null,
    idempotency_key text,
    arguments_digest text not null,
    is_safe boolean not null,
    owner uuid not null,
    lease_until timestamptz not null,
    draft json not null,
    result json,
    expires_at timestamptz
  )`,
  `create unique index call_journal_key on call_journal (tenant_id, agent_id, endpoint_id, idempotency_key)
   where idempotency_key is not null`,
  `create index call_journal_running on call_journal (lease_until) where result is null`,
  `create index call_journal_expiry on call_journal (expires_at) where result is not null`,
];

import { Migration } from '@mikro-orm/migrations';

export class Catalog20261121000000 extends Migration {
  override name = '20261121000000-catalog';

  override up(): void {
    for (const statement of statements) this.addSql(statement);
  }
}

const statements = [
  `create table catalog_revisions (
    tenant_id text primary key,
    revision bigint not null default 0
  )`,
  `create table catalog_changes (
    tenant_id text not null,
    revision bigint not null,
    kind text not null,
    at timestamptz not null,
    agent_ids text[] not null default '{}',
    api_id uuid,
    endpoint_id uuid,
    mcp_server_id uuid,
    primary key (tenant_id, revision)
  )`,
  `create table apis (
    id uuid primary key,
    tenant_id text not null,
    app_id text not null,
    name text not null,
    base_url text not null,
    is_base_url_given boolean not null default false,
    swagger_url text,
    headers jsonb,
    content_hash text not null,
    spec_version text not null,
    title text,
    compatibility_score int not null,
    security_schemes json not null default '{}',
    skipped_operations json not null default '[]',
    problems json not null default '[]',
    deductions json not null default '[]',
    files json not null default '{}',
    created_at timestamptz not null,
    synced_at timestamptz not null,
    unique (tenant_id, id)
  )`,
  `create unique index apis_name on apis (tenant_id, app_id, name)`,
  `create unique index apis_swagger_url on apis (tenant_id, app_id, swagger_url)`,
  `create index apis_content_hash on apis (tenant_id, content_hash)`,
  `create table endpoints (
    id uuid primary key,
    tenant_id text not null,
    api_id uuid not null,
    name text not null,
    method text not null,
    path text not null,
    description text,
    expose_as jsonb,
    enabled boolean not null default true,
    operation_id text,
    summary text,
    source_name text not null,
    source_description text,
    edited_name text,
    edited_description text,
    tags text[] not null default '{}',
    deprecated boolean not null default false,
    position int not null,
    contract_hash text not null,
    input_schema json not null,
    output_schema json,
    plan json not null,
    unique (tenant_id, id),
    constraint endpoints_name unique (tenant_id, api_id, name) deferrable,
    constraint endpoints_operation unique (tenant_id, api_id, method, path) deferrable,
    foreign key (tenant_id, api_id) references apis (tenant_id, id) on delete cascade
  )`,
  `create index endpoints_position on endpoints (tenant_id, api_id, position, id)`,
  `create table parameters (
    id uuid primary key,
    tenant_id text not null,
    endpoint_id uuid not null,
    name text not null,
    argument text not null,
    type text not null,
    location text not null,
    required boolean not null,
    in_path boolean not null,
    in_query boolean not null,
    in_body boolean not null,
    default_value text,
    description text,
    schema json not null,
    position int not null,
    unique (tenant_id, id),
    foreign key (tenant_id, endpoint_id) references endpoints (tenant_id, id) on delete cascade
  )`,
  `create unique index parameters_argument on parameters (tenant_id, endpoint_id, argument)`,
  `create table agent_tool_assignments (
    tenant_id text not null,
    app_id text not null,
    agent_id text not null,
    endpoint_id uuid not null,
    enabled boolean not null default true,
    assigned_revision bigint not null,
    primary key (tenant_id, agent_id, endpoint_id),
    foreign key (tenant_id, endpoint_id) references endpoints (tenant_id, id) on delete cascade
  )`,
  `create index agent_tool_assignments_endpoint on agent_tool_assignments (tenant_id, endpoint_id)`,
  `create table local_tools (
    id uuid primary key,
    name text not null unique,
    display_name text not null,
    description text,
    category text not null,
    agent_types text[] not null,
    input_schema jsonb not null,
    is_active boolean not null default true,
    seed_hash text,
    created_at timestamptz not null,
    updated_at timestamptz not null
  )`,
];

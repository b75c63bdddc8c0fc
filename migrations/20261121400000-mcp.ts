import { Migration } from '@mikro-orm/migrations';

/** The registry of MCP servers, their tools and who has them; sessions of our own MCP endpoint. */
export class Mcp20261121400000 extends Migration {
  override name = '20261121400000-mcp';

  override up(): void {
    for (const statement of statements) this.addSql(statement);
  }
}

const statements = [
  `create table mcp_servers (
    id uuid primary key,
    tenant_id text not null,
    app_id text not null,
    name text not null,
    server_url text not null,
    transport text,
    access_token jsonb,
    refresh_token jsonb,
    client_id text,
    client_secret jsonb,
    token_url text,
    scope text,
    oauth json,
    token_expires_at timestamptz,
    token_version bigint not null default 0,
    refresh_lease_until timestamptz,
    refresh_lease_owner uuid,
    timeout_seconds int not null,
    is_active boolean not null default true,
    status text not null,
    status_message text,
    problems json not null default '[]',
    listed_at timestamptz,
    next_refresh_at timestamptz,
    refresh_failures int not null default 0,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    unique (tenant_id, id)
  )`,
  `create unique index mcp_servers_name on mcp_servers (tenant_id, name)`,
  `create index mcp_servers_due on mcp_servers (next_refresh_at) where is_active`,
  `create table mcp_tools (
    id uuid primary key,
    tenant_id text not null,
    server_id uuid not null,
    name text not null,
    tool_name text not null,
    title text,
    description text,
    input_schema json not null,
    output_schema json,
    annotations json not null default '{}',
    fingerprint text not null,
    position int not null,
    is_listed boolean not null default true,
    unlisted_at timestamptz,
    is_approved boolean not null default true,
    grade text,
    reasons json not null default '[]',
    held json,
    unique (tenant_id, id),
    foreign key (tenant_id, server_id) references mcp_servers (tenant_id, id) on delete cascade
  )`,
  `create unique index mcp_tools_name on mcp_tools (tenant_id, server_id, name)`,
  `create table agent_mcp_tools (
    tenant_id text not null,
    app_id text not null,
    agent_id text not null,
    tool_id uuid not null,
    position int not null,
    assigned_revision bigint not null,
    primary key (tenant_id, agent_id, tool_id),
    foreign key (tenant_id, tool_id) references mcp_tools (tenant_id, id) on delete cascade
  )`,
  `create index agent_mcp_tools_tool on agent_mcp_tools (tenant_id, tool_id)`,
  `create table mcp_authorizations (
    state_hash text primary key,
    tenant_id text not null,
    server_id uuid not null,
    verifier jsonb not null,
    redirect_uri text not null,
    oauth json not null,
    expires_at timestamptz not null,
    foreign key (tenant_id, server_id) references mcp_servers (tenant_id, id) on delete cascade
  )`,
  `create table mcp_sessions (
    id uuid primary key,
    tenant_id text not null,
    app_id text,
    agent_id text not null,
    subject text,
    protocol_version text not null,
    client json not null,
    created_at timestamptz not null,
    seen_at timestamptz not null,
    unique (tenant_id, id)
  )`,
  `create index mcp_sessions_age on mcp_sessions (seen_at)`,
  `create index mcp_sessions_of_agent on mcp_sessions (tenant_id, agent_id, seen_at)`,
  `create table mcp_stream_events (
    id bigint generated always as identity primary key,
    session_id uuid not null,
    tenant_id text not null,
    stream_id text not null,
    message json not null,
    created_at timestamptz not null,
    foreign key (tenant_id, session_id) references mcp_sessions (tenant_id, id) on delete cascade
  )`,
  `create index mcp_stream_events_stream on mcp_stream_events (session_id, stream_id, id)`,
  `create index mcp_stream_events_age on mcp_stream_events (created_at)`,
  // A call of an MCP tool has no API; its tool stands where an endpoint would.
  `alter table call_records alter column api_id drop not null`,
  `alter table call_records add column mcp_server_id uuid`,
  `create index call_records_of_tool on call_records (tenant_id, tool_name, started_at desc, id desc)`,
  `create index call_records_of_outcome on call_records (tenant_id, outcome, started_at desc, id desc)`,
];

import { Migration } from '@mikro-orm/migrations';

/** What was asked of the execution worker and what became of it: rows are added and never altered. */
export class ToolAudit20261121510000 extends Migration {
  override name = '20261121510000-tool-audit';

  override up(): void {
    for (const statement of statements) this.addSql(statement);
  }
}

const statements = [
  // No foreign keys: what was done is told although its agent or tool is gone.
  `create table tool_audit (
    id uuid primary key,
    tenant_id text not null,
    app_id text,
    agent_id text,
    subject text,
    kind text not null,
    tool_name text not null,
    is_privileged boolean not null,
    entry_id text not null,
    attempt int not null,
    correlation_id text not null,
    trace_digest text,
    channel text,
    platform text,
    arguments text,
    outcome text,
    code text,
    detail text,
    duration_ms int,
    at timestamptz not null
  )`,
  `create index tool_audit_age on tool_audit (at)`,
  `create index tool_audit_tenant on tool_audit (tenant_id, at)`,
  `create function refuse_tool_audit_change() returns trigger language plpgsql as $$
   begin
     raise exception 'tool_audit is append-only';
   end
   $$`,
  `create trigger tool_audit_append_only before update on tool_audit
   for each row execute function refuse_tool_audit_change()`,
];

import { Migration } from '@mikro-orm/migrations';

/** Calls that a caller does not wait for, from their submission to their result. */
export class SubmittedCalls20261121520000 extends Migration {
  override name = '20261121520000-submitted-calls';

  override up(): void {
    for (const statement of statements) this.addSql(statement);
  }
}

const statements = [
  // No foreign keys: what was submitted is answered although its agent or tool is gone.
  `create table submitted_calls (
    id uuid primary key,
    tenant_id text not null,
    app_id text,
    agent_id text not null,
    subject text,
    tool_name text not null,
    idempotency_key text,
    holds_key boolean not null default true,
    arguments_digest text not null,
    arguments jsonb,
    trace_headers json not null,
    state text not null,
    round int not null default 1,
    result json,
    submitted_at timestamptz not null,
    deadline_at timestamptz not null,
    queued_at timestamptz,
    requeues int not null default 0,
    due_at timestamptz not null,
    started_at timestamptz,
    finished_at timestamptz,
    unique (tenant_id, id)
  )`,
  `create unique index submitted_calls_key on submitted_calls (tenant_id, agent_id, tool_name, idempotency_key)
   where idempotency_key is not null and holds_key`,
  `create index submitted_calls_due on submitted_calls (due_at) where state <> 'DONE'`,
  `create index submitted_calls_deadline on submitted_calls (deadline_at) where state = 'QUEUED'`,
  `create index submitted_calls_age on submitted_calls (finished_at) where state = 'DONE'`,
];

import type { RunStatement } from '../../storage/sql.js';
import { toStatement } from '../../storage/sql.js';
import type { CallResult } from '../call-types.js';
import { finishedChannel } from './finished-calls.js';
import type { SubmittedCall } from './submitted-call.entity.js';

/** A submitted call as its caller sees it. */
export type SubmittedCallRow = Pick<
  SubmittedCall,
  'id' | 'appId' | 'agentId' | 'toolName' | 'idempotencyKey' | 'state' | 'result'
> & { submittedAt: Date; deadlineAt: Date; startedAt: Date | null; finishedAt: Date | null };

/** Names one call; of another tenant there is none. */
export type CallName = { tenant: string; id: string };

const columns = `id, app_id as "appId", agent_id as "agentId", tool_name as "toolName",
  idempotency_key as "idempotencyKey", state, result, submitted_at as "submittedAt", deadline_at as "deadlineAt",
  started_at as "startedAt", finished_at as "finishedAt"`;

type Stored = { submittedAt: string; deadlineAt: string } & {
  [Field in 'startedAt' | 'finishedAt']: string | null;
};
type StoredRow = Omit<SubmittedCallRow, keyof Stored> & Stored;

/** Timestamps arrive from the database as text. */
function toRow<Row extends StoredRow>({ startedAt, finishedAt, ...row }: Row) {
  return {
    ...row,
    submittedAt: new Date(row.submittedAt),
    deadlineAt: new Date(row.deadlineAt),
    startedAt: startedAt === null ? null : new Date(startedAt),
    finishedAt: finishedAt === null ? null : new Date(finishedAt),
  };
}

export type NewCall = {
  id: string;
  tenant: string;
  app: string | null;
  subject: string | null;
  agentId: string;
  toolName: string;
  idempotencyKey: string | null;
  argumentsDigest: string;
  sealedArguments: string;
  traceHeaders: Record<string, string>;
  deadlineAt: Date;
  requeueMs: number;
};

const insert =
  toStatement(`insert into submitted_calls (id, tenant_id, app_id, subject, agent_id, tool_name,
    idempotency_key, arguments_digest, arguments, trace_headers, state, submitted_at, deadline_at, due_at)
  values ($1::uuid, $2, $3, $4, $5, $6, $7, $8, to_jsonb($9::text), $10::text::json, 'QUEUED', now(), $11::timestamptz,
    now() + $12::interval)
  on conflict (tenant_id, agent_id, tool_name, idempotency_key) where idempotency_key is not null and holds_key do nothing
  returning ${columns}`);

/** Null when another call has the idempotency key. */
export async function insertCall(
  run: RunStatement,
  call: NewCall,
): Promise<SubmittedCallRow | null> {
  const { id, tenant, app, subject, agentId, toolName, idempotencyKey, argumentsDigest } = call;
  const [row] = await run<StoredRow>(insert, [
    ...[id, tenant, app, subject, agentId, toolName, idempotencyKey, argumentsDigest],
    ...[call.sealedArguments, JSON.stringify(call.traceHeaders), call.deadlineAt.toISOString()],
    `${call.requeueMs} milliseconds`,
  ]);
  return row ? toRow(row) : null;
}

const selectByKey = toStatement(`select ${columns}, arguments_digest as "argumentsDigest",
    queued_at is not null as "isQueued",
    state = 'DONE' and finished_at <= now() - interval '24 hours' as "isStale"
  from submitted_calls
  where tenant_id = $1 and agent_id = $2 and tool_name = $3 and idempotency_key = $4 and holds_key`);

type KeyedCall = SubmittedCallRow & {
  argumentsDigest: string;
  /** The request log has or had it. */
  isQueued: boolean;
  /** Its key may be another call's. */
  isStale: boolean;
};

export async function findByKey(
  run: RunStatement,
  { tenant, agentId, toolName, idempotencyKey }: NewCall,
): Promise<KeyedCall | null> {
  const [row] = await run<StoredRow & Omit<KeyedCall, keyof StoredRow>>(selectByKey, [
    ...[tenant, agentId, toolName, idempotencyKey],
  ]);
  return row ? toRow(row) : null;
}

const letKeyGo = toStatement(`update submitted_calls set holds_key = false
  where tenant_id = $1 and id = $2::uuid and state = 'DONE' and finished_at <= now() - interval '24 hours'`);

export async function releaseKey(run: RunStatement, { tenant, id }: CallName): Promise<void> {
  await run(letKeyGo, [tenant, id]);
}

const markQueued = toStatement(`update submitted_calls set queued_at = coalesce(queued_at, now())
  where tenant_id = $1 and id = $2::uuid returning ${columns}`);

/** Says that the request log has it; null: it is gone. */
export async function noteQueued(
  run: RunStatement,
  { tenant, id }: CallName,
): Promise<SubmittedCallRow | null> {
  const [row] = await run<StoredRow>(markQueued, [tenant, id]);
  return row ? toRow(row) : null;
}

const removeUnqueued = toStatement(`delete from submitted_calls
  where tenant_id = $1 and id = $2::uuid and queued_at is null and state = 'QUEUED'`);

/** Takes a call back that the request log did not take. */
export async function withdrawCall(run: RunStatement, { tenant, id }: CallName): Promise<void> {
  await run(removeUnqueued, [tenant, id]);
}

const selectOne = toStatement(
  `select ${columns} from submitted_calls where tenant_id = $1 and id = $2::uuid`,
);

export async function findRow(
  run: RunStatement,
  { tenant, id }: CallName,
): Promise<SubmittedCallRow | null> {
  const [row] = await run<StoredRow>(selectOne, [tenant, id]);
  return row ? toRow(row) : null;
}

export type LoadedCall = Pick<
  SubmittedCall,
  | 'appId'
  | 'agentId'
  | 'subject'
  | 'toolName'
  | 'idempotencyKey'
  | 'argumentsDigest'
  | 'arguments'
  | 'traceHeaders'
  | 'state'
  | 'round'
> & { deadlineAt: string };

const selectToRun =
  toStatement(`select app_id as "appId", agent_id as "agentId", subject, tool_name as "toolName",
    idempotency_key as "idempotencyKey", arguments_digest as "argumentsDigest", arguments,
    trace_headers as "traceHeaders", state, round, deadline_at as "deadlineAt"
  from submitted_calls where tenant_id = $1 and id = $2::uuid`);

export async function loadCall(
  run: RunStatement,
  { tenant, id }: CallName,
): Promise<LoadedCall | null> {
  const [row] = await run<LoadedCall>(selectToRun, [tenant, id]);
  return row ?? null;
}

const markRunning =
  toStatement(`update submitted_calls set state = 'RUNNING', started_at = coalesce(started_at, now()),
    queued_at = coalesce(queued_at, now()), due_at = now() + $3::interval
  where tenant_id = $1 and id = $2::uuid and state <> 'DONE' returning id`);

/** False: it is finished, or gone. */
export async function markStarted(
  run: RunStatement,
  { tenant, id }: CallName,
  requeueMs: number,
): Promise<boolean> {
  const rows = await run(markRunning, [tenant, id, `${requeueMs} milliseconds`]);
  return rows.length > 0;
}

const finish = toStatement(`with done as (
    update submitted_calls set state = 'DONE', result = $3::text::json, finished_at = now(),
      arguments = case when $4::text = 'kept' then arguments end
    where tenant_id = $1 and id = $2::uuid and state <> 'DONE' and ($5::text is null or state = $5::text)
    returning id
  )
  select id, pg_notify('${finishedChannel}', id::text) from done`);

export type Finishing = CallName & {
  result: CallResult;
  /** Its arguments are kept, for it may be run again. */
  keepsArguments: boolean;
  /** Only while nothing has begun. */
  ifQueued: boolean;
};

/** Writes the result and tells every process; false: it was finished before, or is gone. */
export async function finishRow(
  run: RunStatement,
  { tenant, id, result, keepsArguments, ifQueued }: Finishing,
): Promise<boolean> {
  const rows = await run(finish, [
    ...[tenant, id, JSON.stringify(result)],
    ...[keepsArguments ? 'kept' : 'dropped', ifQueued ? 'QUEUED' : null],
  ]);
  return rows.length > 0;
}

const reopen =
  toStatement(`update submitted_calls set state = 'QUEUED', round = round + 1, result = null, requeues = 0,
    started_at = null, finished_at = null, due_at = now() + $3::interval,
    deadline_at = greatest(deadline_at, now() + interval '24 hours')
  where tenant_id = $1 and id = $2::uuid and state = 'DONE' and arguments is not null returning id`);

/** Makes a finished call one that is to run; false: it is not finished, is gone, or its arguments are. */
export async function reopenRow(
  run: RunStatement,
  { tenant, id }: CallName,
  requeueMs: number,
): Promise<boolean> {
  const rows = await run(reopen, [tenant, id, `${requeueMs} milliseconds`]);
  return rows.length > 0;
}

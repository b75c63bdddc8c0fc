import type { EntityManager } from '@mikro-orm/postgresql';
import { query, type RunStatement, toStatement } from '../storage/sql.js';
import type { Claim, Ending } from './call-claim.js';
import type { CallResult } from './call-types.js';

/** What the journal holds under an idempotency key. */
export type JournalEntry = {
  id: string;
  argumentsDigest: string;
  /** Its process is silent for longer than the lease. */
  isDead: boolean;
  /** Its result is past its time. */
  isStale: boolean;
  /** Null while it runs. */
  result: CallResult | null;
};

export type CallKey = { tenantId: string; agentId: string; endpointId: string; key: string };

/** A call whose outcome stands. `result`: kept to answer its idempotency key. */
export type Finished = {
  claim: Claim;
  ending: Ending;
  isClaimed: boolean;
  result: CallResult | null;
};

// json inside the rows travels as text: PostgreSQL reads "\u0000" in json only where nothing looks into it.
const insertClaim =
  toStatement(`insert into call_journal (id, tenant_id, agent_id, endpoint_id, idempotency_key,
    arguments_digest, is_safe, owner, lease_until, draft)
  select id, tenant_id, agent_id, endpoint_id, idempotency_key, arguments_digest, is_safe,
    $2::uuid, now() + $3::interval, draft::json
  from json_to_recordset($1::text::json) as claim(id uuid, tenant_id text, agent_id text, endpoint_id uuid,
    idempotency_key text, arguments_digest text, is_safe boolean, draft text)
  on conflict (tenant_id, agent_id, endpoint_id, idempotency_key) where idempotency_key is not null do nothing
  returning id`);

/** The ids of those whose idempotency key was free, or that have none; `lease` is an interval. */
export async function insertClaims(
  run: RunStatement,
  batch: readonly Claim[],
  owner: string,
  lease: string,
): Promise<Set<string>> {
  const rows = batch.map(({ id, draft, argumentsDigest, isSafe }) => ({
    id,
    tenant_id: draft.tenantId,
    agent_id: draft.agentId,
    endpoint_id: draft.endpointId,
    idempotency_key: draft.idempotencyKey,
    arguments_digest: argumentsDigest,
    is_safe: isSafe,
    draft: JSON.stringify(draft),
  }));
  const claimed = await run<{ id: string }>(insertClaim, [JSON.stringify(rows), owner, lease]);
  return new Set(claimed.map(({ id }) => id));
}

/** Ends journal entries and writes records in one statement: a call is recorded by whoever still holds its entry. */
export async function insertRecords(
  run: RunStatement,
  batch: readonly Finished[],
  owner: string,
): Promise<Set<string>> {
  const rows = JSON.stringify(batch.map(toRow));
  const isClaimed = batch.some((one) => one.isClaimed);
  const recorded = await run<{ id: string }>(
    isClaimed ? endAndRecord : recordOnly,
    isClaimed ? [rows, owner] : [rows],
  );
  return new Set(recorded.map(({ id }) => id));
}

const items = `json_to_recordset($1::text::json) as item(id uuid, is_claimed boolean, result text, tenant_id text,
  app_id text, agent_id text, subject text, api_id uuid, mcp_server_id uuid, endpoint_id uuid, tool_name text, method text,
  idempotency_key text, arguments text, request text, outcome text, status int, error text, duration_ms int,
  attempts int, started_at timestamptz, finished_at timestamptz, job_id text, sandbox_id text)`;

const record = `insert into call_records (id, tenant_id, app_id, agent_id, subject, api_id, mcp_server_id, endpoint_id,
    tool_name, method, idempotency_key, arguments, request, outcome, status, error, duration_ms, attempts, started_at, finished_at,
    job_id, sandbox_id)
  select id, tenant_id, app_id, agent_id, subject, api_id, mcp_server_id, endpoint_id, tool_name, method, idempotency_key,
    arguments::json, request::json, outcome, status, error::json, duration_ms, attempts, started_at, finished_at,
    job_id, sandbox_id`;

const recordOnly = toStatement(`${record} from ${items} on conflict (id) do nothing returning id`);

const endAndRecord = toStatement(`with item as (select * from ${items}),
  kept as (
    update call_journal j set result = item.result::json, expires_at = now() + interval '24 hours' from item
    where item.is_claimed and item.result is not null and j.id = item.id and j.owner = $2::uuid and j.result is null
    returning j.id
  ), ended as (
    delete from call_journal j using item
    where item.is_claimed and item.result is null and j.id = item.id and j.owner = $2::uuid and j.result is null
    returning j.id
  )
  ${record} from item where not is_claimed or id in (select id from kept union all select id from ended)
  on conflict (id) do nothing returning id`);

function toRow({ claim: { id, draft }, ending, isClaimed, result }: Finished) {
  return {
    id,
    is_claimed: isClaimed,
    result: result && JSON.stringify(result),
    tenant_id: draft.tenantId,
    app_id: draft.appId,
    agent_id: draft.agentId,
    subject: draft.subject,
    api_id: draft.apiId,
    mcp_server_id: draft.mcpServerId,
    endpoint_id: draft.endpointId,
    tool_name: draft.toolName,
    method: draft.method,
    idempotency_key: draft.idempotencyKey,
    job_id: draft.jobId,
    sandbox_id: draft.sandboxId,
    arguments: JSON.stringify(draft.arguments ?? null),
    request: draft.request && JSON.stringify(draft.request),
    outcome: ending.outcome,
    status: ending.status,
    error: ending.error && JSON.stringify(ending.error),
    duration_ms: Math.round(ending.durationMs),
    attempts: ending.attempts,
    started_at: draft.startedAt,
    finished_at: ending.finishedAt.toISOString(),
  };
}

const selectEntry = toStatement(`select id, arguments_digest as "argumentsDigest", result,
    result is null and lease_until < now() as "isDead", result is not null and expires_at <= now() as "isStale"
  from call_journal
  where tenant_id = $1 and agent_id = $2 and endpoint_id = $3::uuid and idempotency_key = $4`);

export async function findEntry(
  run: RunStatement,
  { tenantId, agentId, endpointId, key }: CallKey,
): Promise<JournalEntry | null> {
  const [entry] = await run<JournalEntry>(selectEntry, [tenantId, agentId, endpointId, key]);
  return entry ?? null;
}

export type TakeOver = {
  owner: string;
  /** Calls that the owner runs, or whose end it could not write yet. */
  except: readonly string[];
  lease: string;
  limit: number;
  id: string | null;
};

/** Makes calls whose process died this owner's, at most `limit`, or the one with `id`. */
export function takeOver(
  em: EntityManager,
  { owner, except, lease, limit, id }: TakeOver,
): Promise<Claim[]> {
  return query<Claim>(
    em,
    `update call_journal set owner = $1::uuid, lease_until = now() + $2::interval
     where id in (
       select id from call_journal
       where result is null and lease_until < now() and ($4::uuid is null or id = $4::uuid)
         and not id = any($5::uuid[])
       order by lease_until limit $3 for update skip locked
     )
     returning id, draft, arguments_digest as "argumentsDigest", is_safe as "isSafe"`,
    [owner, lease, limit, id, except],
  );
}

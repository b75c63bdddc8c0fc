import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { createBatcher } from '../lib/batcher.js';
import type { Logger } from '../logger.js';
import { query } from '../storage/sql.js';
import type { CallDraft } from './call-draft.js';
import type { CallError, CallOutcome, CallResult } from './call-types.js';

/** A call that is about to run. */
export type Claim = {
  /** The id of the call. */
  id: string;
  draft: CallDraft;
  argumentsDigest: string;
  isSafe: boolean;
};

/** What a call came to. */
export type Ending = {
  outcome: CallOutcome;
  status: number | null;
  error: CallError | null;
  durationMs: number;
  attempts: number;
  finishedAt: Date;
};

/** What the journal holds under an idempotency key. */
export type JournalEntry = {
  id: string;
  argumentsDigest: string;
  isSafe: boolean;
  /** Its process is silent for longer than the lease. */
  isDead: boolean;
  /** Its result is past its time. */
  isStale: boolean;
  /** Null while it runs. */
  result: CallResult | null;
};

export type CallKey = { tenantId: string; agentId: string; endpointId: string; key: string };

/** The database's side of calls: intents before they run, records and kept answers after. */
export interface CallJournal extends AsyncDisposable {
  /** False when another call has the idempotency key. The lease is renewed until the call is finished or let go. */
  claim(claim: Claim): Promise<boolean>;
  /** Writes the record of a claimed call, once; false when another process has written it. */
  finish(claim: Claim, ending: Ending, result: CallResult): Promise<boolean>;
  /** Takes a claim back: nothing ran. */
  release(id: string): Promise<void>;
  /** Stops renewing: once the lease is over, the call counts as dead. */
  letGo(id: string): void;
  /** Writes the record of a call that needed no claim, soon. */
  record(claim: Claim, ending: Ending): void;
  find(key: CallKey): Promise<JournalEntry | null>;
  /** Removes an entry that ran out: its key is free. */
  forget(id: string): Promise<void>;
  /** Takes over unsafe calls whose process died, at most `limit`, or the one with `id`. */
  takeOverDead(options: { limit: number; id?: string }): Promise<Claim[]>;
  /** Resolves when all that was recorded so far stands in the database. */
  flush(): Promise<void>;
}

type Finished = { claim: Claim; ending: Ending; isClaimed: boolean; result: CallResult | null };

const maxBatch = 100;
/** Nobody waits for the record of a call that needed no claim: many share a statement. */
const recordLingerMs = 10;

export function createCallJournal(options: {
  fork(): EntityManager;
  logger: Logger;
  leaseMs: number;
}): CallJournal {
  const { fork, logger, leaseMs } = options;
  const owner = randomUUID();
  const held = new Set<string>();
  const lease = `${leaseMs} milliseconds`;
  const claims = createBatcher<Claim, boolean>(
    async (batch) => {
      const claimed = await insertClaims(fork(), batch, owner, lease);
      return batch.map(({ id }) => claimed.has(id));
    },
    { maxItems: maxBatch },
  );
  const writeEndings = async (batch: Finished[]) => {
    const recorded = await insertRecords(fork(), batch, owner);
    return batch.map(({ claim }) => recorded.has(claim.id));
  };
  const endings = createBatcher(writeEndings, { maxItems: maxBatch });
  const records = createBatcher(writeEndings, { maxItems: maxBatch, lingerMs: recordLingerMs });
  const renewal = setInterval(() => void renew(), Math.ceil(leaseMs / 3)).unref();

  async function flush(): Promise<void> {
    await Promise.all([endings.idle(), records.idle()]);
  }

  async function renew(): Promise<void> {
    if (held.size === 0) return;
    try {
      await query(
        fork(),
        `update call_journal set lease_until = now() + $3::interval
         where owner = $1::uuid and id = any($2::uuid[]) and result is null`,
        [owner, [...held], lease],
      );
    } catch (err) {
      logger.error({ err }, 'the leases of running calls could not be renewed');
    }
  }

  return {
    claim: async (claim) => {
      held.add(claim.id);
      const isClaimed = await claims.add(claim).catch((error: unknown) => {
        held.delete(claim.id);
        throw error;
      });
      if (!isClaimed) held.delete(claim.id);
      return isClaimed;
    },
    finish: async (claim, ending, result) => {
      const isKept = claim.draft.idempotencyKey !== null;
      try {
        return await endings.add({
          claim,
          ending,
          isClaimed: true,
          result: isKept ? result : null,
        });
      } finally {
        held.delete(claim.id);
      }
    },
    release: async (id) => {
      held.delete(id);
      await query(
        fork(),
        'delete from call_journal where id = $1::uuid and owner = $2::uuid and result is null',
        [id, owner],
      );
    },
    letGo: (id) => {
      held.delete(id);
    },
    record: (claim, ending) => {
      records.add({ claim, ending, isClaimed: false, result: null }).catch((err: unknown) => {
        logger.error({ err, callId: claim.id }, 'a call could not be recorded');
      });
    },
    find: (key) => findEntry(fork(), key),
    forget: async (id) => {
      await query(
        fork(),
        `delete from call_journal where id = $1::uuid
         and case when result is null then is_safe and lease_until < now() else expires_at <= now() end`,
        [id],
      );
    },
    takeOverDead: async ({ limit, id }) => {
      const taken = await query<Claim>(
        fork(),
        `update call_journal set owner = $1::uuid, lease_until = now() + $2::interval
         where id in (
           select id from call_journal
           where result is null and not is_safe and lease_until < now() and ($4::uuid is null or id = $4::uuid)
           order by lease_until limit $3 for update skip locked
         )
         returning id, draft, arguments_digest as "argumentsDigest", is_safe as "isSafe"`,
        [owner, lease, limit, id ?? null],
      );
      for (const one of taken) held.add(one.id);
      return taken;
    },
    flush,
    [Symbol.asyncDispose]: async () => {
      await claims.idle();
      await flush();
      clearInterval(renewal);
    },
  };
}

// json inside the rows travels as text: PostgreSQL reads "\u0000" in json only where nothing looks into it.
async function insertClaims(
  em: EntityManager,
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
  const claimed = await query<{ id: string }>(
    em,
    `insert into call_journal (id, tenant_id, agent_id, endpoint_id, idempotency_key, arguments_digest, is_safe,
       owner, lease_until, draft)
     select id, tenant_id, agent_id, endpoint_id, idempotency_key, arguments_digest, is_safe,
       $2::uuid, now() + $3::interval, draft::json
     from json_to_recordset($1::text::json) as claim(id uuid, tenant_id text, agent_id text, endpoint_id uuid,
       idempotency_key text, arguments_digest text, is_safe boolean, draft text)
     on conflict (tenant_id, agent_id, endpoint_id, idempotency_key) where idempotency_key is not null do nothing
     returning id`,
    [JSON.stringify(rows), owner, lease],
  );
  return new Set(claimed.map(({ id }) => id));
}

/** Ends journal entries and writes records in one statement: a call is recorded by whoever still holds its entry. */
async function insertRecords(
  em: EntityManager,
  batch: readonly Finished[],
  owner: string,
): Promise<Set<string>> {
  const rows = JSON.stringify(batch.map(toRow));
  const isClaimed = batch.some((one) => one.isClaimed);
  const recorded = await query<{ id: string }>(
    em,
    isClaimed ? endAndRecord : recordOnly,
    isClaimed ? [rows, owner] : [rows],
  );
  return new Set(recorded.map(({ id }) => id));
}

const items = `json_to_recordset($1::text::json) as item(id uuid, is_claimed boolean, result text, tenant_id text,
  app_id text, agent_id text, subject text, api_id uuid, endpoint_id uuid, tool_name text, method text,
  idempotency_key text, arguments text, request text, outcome text, status int, error text, duration_ms int,
  attempts int, started_at timestamptz, finished_at timestamptz)`;

const record = `insert into call_records (id, tenant_id, app_id, agent_id, subject, api_id, endpoint_id, tool_name,
    method, idempotency_key, arguments, request, outcome, status, error, duration_ms, attempts, started_at, finished_at)
  select id, tenant_id, app_id, agent_id, subject, api_id, endpoint_id, tool_name, method, idempotency_key,
    arguments::json, request::json, outcome, status, error::json, duration_ms, attempts, started_at, finished_at`;

const recordOnly = `${record} from ${items} on conflict (id) do nothing returning id`;

const endAndRecord = `with item as (select * from ${items}),
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
  on conflict (id) do nothing returning id`;

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
    endpoint_id: draft.endpointId,
    tool_name: draft.toolName,
    method: draft.method,
    idempotency_key: draft.idempotencyKey,
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

async function findEntry(
  em: EntityManager,
  { tenantId, agentId, endpointId, key }: CallKey,
): Promise<JournalEntry | null> {
  const [entry] = await query<JournalEntry>(
    em,
    `select id, arguments_digest as "argumentsDigest", is_safe as "isSafe", result,
       result is null and lease_until < now() as "isDead",
       result is not null and expires_at <= now() as "isStale"
     from call_journal
     where tenant_id = $1 and agent_id = $2 and endpoint_id = $3::uuid and idempotency_key = $4`,
    [tenantId, agentId, endpointId, key],
  );
  return entry ?? null;
}

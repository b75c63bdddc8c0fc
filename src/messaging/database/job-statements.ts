import { toStatement } from '../../storage/sql.js';
import { abandonedKeepMs, maxWaiters } from '../job-store.js';

const ms = (value: string) => `${value}::double precision * interval '1 millisecond'`;

/** A record past its time counts as none. */
const isOver = 'j.expires_at <= now()';
const isFree = '(not j.is_done and j.digest = excluded.digest and j.lease_until <= now())';
const isTaken = `(${isOver} or ${isFree})`;
const mayJoin = '(not j.is_done and j.digest = excluded.digest)';

const columns = `insert into jobs as j (tenant_id, id, digest, token, entry_id, attempt, lease_until, is_started,
    is_done, body, body_until, waiters, expires_at)`;

/**
 * $1 tenant, $2 id, $3 digest, $4 token, $5 entry, $6 lease in ms, $7 waiters (one or none). One statement, so that the row's
 * lock decides between those that begin at once.
 */
export const beginJob = toStatement(`${columns}
  values ($1, $2, $3, $4, $5, 1, now() + ${ms('$6')}, false, false, null, null, $7::text[],
    now() + ${ms('$6')} + ${ms(String(abandonedKeepMs))})
  on conflict (tenant_id, id) do update set
    digest = case when ${isOver} then excluded.digest else j.digest end,
    token = case when ${isTaken} then excluded.token else j.token end,
    entry_id = case when ${isTaken} then excluded.entry_id else j.entry_id end,
    attempt = case when ${isOver} then 1 when ${isFree} then j.attempt + 1 else j.attempt end,
    lease_until = case when ${isTaken} then excluded.lease_until else j.lease_until end,
    is_started = not ${isOver} and j.is_started,
    is_done = not ${isOver} and j.is_done,
    body = case when ${isOver} then null else j.body end,
    waiters = case when ${isOver} then excluded.waiters
      when ${mayJoin} and not j.waiters @> excluded.waiters and cardinality(j.waiters) < ${maxWaiters}
      then j.waiters || excluded.waiters else j.waiters end,
    expires_at = case when ${isTaken} then excluded.expires_at else j.expires_at end
  returning digest = $3 as "isSame", token = $4 as "isMine", attempt, is_started as "wasStarted", is_done as "isDone",
    entry_id as "entryId", waiters @> $7::text[] as "isJoined",
    case when is_done and entry_id = $5 then waiters else '{}' end as waiters,
    case when body_until > now() then encode(body, 'base64') end as body`);

/** $1 tenant, $2 id, $3 digest, $4 token, $5 entry, $6 attempt, $7 lease in ms: a record that is gone, written anew. */
const lost = `$1, $2, $3, $4, $5, $6, now() + ${ms('$7')}`;
const lostExpiry = `now() + ${ms('$7')} + ${ms(String(abandonedKeepMs))}`;
const restored = `digest = excluded.digest, token = excluded.token, entry_id = excluded.entry_id, attempt = excluded.attempt,
    waiters = case when ${isOver} then '{}' else j.waiters end`;
const isHeld = `(j.token = excluded.token and not j.is_done or ${isOver})`;

export const beatJob = toStatement(`${columns}
  values (${lost}, false, false, null, null, '{}', ${lostExpiry})
  on conflict (tenant_id, id) do update set ${restored}, lease_until = excluded.lease_until,
    is_started = not ${isOver} and j.is_started, is_done = false, body = null, expires_at = excluded.expires_at
  where ${isHeld} returning 1 as held`);

export const startJob = toStatement(`${columns}
  values (${lost}, true, false, null, null, '{}', ${lostExpiry})
  on conflict (tenant_id, id) do update set ${restored}, is_started = true, is_done = false, body = null,
    lease_until = case when ${isOver} then excluded.lease_until else j.lease_until end,
    expires_at = case when ${isOver} then excluded.expires_at else j.expires_at end
  where ${isHeld} returning 1 as held`);

/** Then $8 body in base64, $9 retention in ms. What is done already stays as it is. */
export const finishJob = toStatement(`${columns}
  values (${lost}, false, true, decode($8, 'base64'), now() + ${ms('$9')}, '{}', now() + 2 * ${ms('$9')})
  on conflict (tenant_id, id) do update set ${restored}, is_done = true,
    body = case when j.is_done and not ${isOver} then j.body else excluded.body end,
    body_until = case when j.is_done and not ${isOver} then j.body_until else excluded.body_until end,
    expires_at = case when j.is_done and not ${isOver} then j.expires_at else excluded.expires_at end
  where j.token = excluded.token or ${isOver} returning waiters`);

/** $1 tenant, $2 id, $3 token, $4 whether the mark of the start stays (0 or 1). */
export const releaseJob = toStatement(`update jobs set token = '', lease_until = 'epoch',
    is_started = is_started and $4::int = 1
  where tenant_id = $1 and id = $2 and token = $3 and not is_done and expires_at > now()`);

export const findJob = toStatement(`select attempt, is_started as "isStarted", is_done as "isDone",
    lease_until as "leaseUntil", case when body_until > now() then encode(body, 'base64') end as body
  from jobs where tenant_id = $1 and id = $2 and expires_at > now()`);

/** $1 how many at most. */
export const removeExpired = toStatement(`delete from jobs where (tenant_id, id) in
  (select tenant_id, id from jobs where expires_at <= now() order by expires_at limit $1::int for update skip locked)`);

/** $1 how many at most. */
export const dropBodies = toStatement(`update jobs set body = null where (tenant_id, id) in
  (select tenant_id, id from jobs where body is not null and body_until <= now() order by body_until limit $1::int
   for update skip locked)`);

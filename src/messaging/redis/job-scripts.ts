import { abandonedKeepMs, maxWaiters } from '../job-store.js';
import { toScript } from './run-script.js';
import { settleFunction } from './settle-script.js';

/*
 * KEYS of each: the job's hash, the set of those who wait beside its first asker, its body.
 * Hash: digest, token, entry, attempt, lease (end, ms), started (0 or 1), asker ('' for nobody), state.
 */

const clock = `
local function nowMs()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
`;

/** ARGV of a holder: token, digest, entry, attempt, lease in ms. */
const holding = `${clock}
local keepMs = ${abandonedKeepMs}
local function extend(leaseMs)
  redis.call('HSET', KEYS[1], 'lease', nowMs() + leaseMs)
  redis.call('PEXPIRE', KEYS[1], leaseMs + keepMs)
  redis.call('PEXPIRE', KEYS[2], leaseMs + keepMs)
end
-- The state, false when fenced off, and the first asker. A record that is gone is written anew.
local function holdingState()
  local found = redis.call('HMGET', KEYS[1], 'token', 'state', 'asker')
  if found[1] then return found[1] == ARGV[1] and found[2], found[3] end
  redis.call('HSET', KEYS[1], 'token', ARGV[1], 'digest', ARGV[2], 'entry', ARGV[3], 'attempt', ARGV[4],
    'started', '0', 'asker', '', 'state', 'running')
  extend(tonumber(ARGV[5]))
  return 'running', ''
end
`;

/** ARGV: digest, token, entry, lease in ms, waiter or ''; with a session record as KEYS[4] what it has to be. */
export const beginScript = toScript(`${clock}
local keepMs, now = ${abandonedKeepMs}, nowMs()
local digest, token, entry, leaseMs, waiter = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]
local job = redis.call('HMGET', KEYS[1], 'state', 'digest', 'token', 'entry', 'attempt', 'lease', 'started', 'asker')
-- An entry that began its job before was held against its session then.
if KEYS[4] and job[4] ~= entry and redis.pcall('GET', KEYS[4]) ~= ARGV[6] then return {'otherSession'} end
if not job[1] then
  redis.call('HSET', KEYS[1], 'state', 'running', 'digest', digest, 'token', token, 'entry', entry, 'attempt', 1,
    'lease', now + leaseMs, 'started', '0', 'asker', waiter)
  redis.call('PEXPIRE', KEYS[1], leaseMs + keepMs)
  return {'run', 1, 0}
end
if job[2] ~= digest then return {'mismatch'} end
local isOwnEntry = job[4] == entry
if job[1] == 'done' then
  local waiters = {}
  if isOwnEntry then
    waiters = redis.call('SMEMBERS', KEYS[2])
    if job[8] ~= '' then waiters[#waiters + 1] = job[8] end
  end
  return {'done', redis.call('GET', KEYS[3]), waiters}
end
local attempt = tonumber(job[5])
if job[3] == token then return {'run', attempt, tonumber(job[7])} end
local isJoined = 1
if waiter ~= '' and waiter ~= job[8] then
  if redis.call('SCARD', KEYS[2]) < ${maxWaiters - 1} then
    redis.call('SADD', KEYS[2], waiter)
    redis.call('PEXPIRE', KEYS[2], leaseMs + keepMs)
  else
    isJoined = redis.call('SISMEMBER', KEYS[2], waiter)
  end
end
if tonumber(job[6]) > now then
  return {'running', job[4], isOwnEntry and 0 or isJoined}
end
redis.call('HSET', KEYS[1], 'token', token, 'entry', entry, 'attempt', attempt + 1, 'lease', now + leaseMs)
redis.call('PEXPIRE', KEYS[1], leaseMs + keepMs)
redis.call('PEXPIRE', KEYS[2], leaseMs + keepMs)
return {'run', attempt + 1, tonumber(job[7])}
`);

/** ARGV: the holder. */
export const beatScript = toScript(`${holding}
if holdingState() ~= 'running' then return 0 end
extend(tonumber(ARGV[5]))
return 1
`);

/** ARGV: the holder. */
export const startScript = toScript(`${holding}
if holdingState() ~= 'running' then return 0 end
redis.call('HSET', KEYS[1], 'started', '1')
return 1
`);

const finishing = `${holding}
-- Who waits, false when fenced off.
local function finish(body, retentionMs)
  local state, asker = holdingState()
  if not state then return false end
  local waiters = redis.call('SMEMBERS', KEYS[2])
  if state ~= 'done' then
    redis.call('HSET', KEYS[1], 'state', 'done')
    redis.call('PEXPIRE', KEYS[1], 2 * retentionMs)
    if #waiters > 0 then redis.call('PEXPIRE', KEYS[2], 2 * retentionMs) end
    redis.call('SET', KEYS[3], body, 'PX', retentionMs)
  end
  if asker ~= '' then waiters[#waiters + 1] = asker end
  return waiters
end
`;

/** ARGV: the holder, body, retention in ms. */
export const finishScript = toScript(`${finishing}
return finish(ARGV[6], tonumber(ARGV[7]))
`);

/**
 * ARGV: the holder, body, retention in ms, the asker or '', a consumer or '', then those of a settlement whose replies are the
 * asker's alone. KEYS after the job's: those of a settlement. Answers false when fenced off, the waiters when there are others
 * too (nothing is settled then), else after a 1 what the settlement answers, and the entry that the consumer has now, if any.
 */
export const completeScript = toScript(`${settleFunction}${finishing}
local waiters = finish(ARGV[6], tonumber(ARGV[7]))
if not waiters then return false end
if #waiters > 1 or (#waiters == 1 and waiters[1] ~= ARGV[8]) then return {0, waiters} end
local failed = settle(3, 9)
if ARGV[9] == '' or #failed > 0 then return {1, failed} end
-- Where the group is gone, whoever reads next makes it anew.
local read = redis.pcall('XREADGROUP', 'GROUP', ARGV[10], ARGV[9], 'COUNT', 1, 'STREAMS', KEYS[4], '>')
return {1, failed, read and not read.err and read[1][2][1]}
`);

/** ARGV: token, '1' to take the mark of the start back. */
export const releaseScript = toScript(`
local found = redis.call('HMGET', KEYS[1], 'token', 'state')
if found[1] ~= ARGV[1] or found[2] ~= 'running' then return 0 end
redis.call('HSET', KEYS[1], 'token', '', 'lease', 0)
if ARGV[2] == '1' then redis.call('HSET', KEYS[1], 'started', '0') end
return 1
`);

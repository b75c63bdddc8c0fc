import { toScript } from './run-script.js';

/** KEYS[1] is the request stream in each. */

/** Throws FULL where too many wait. ARGV from a on: group, most that may wait; `fields` is a list of names and values. */
const appendFunction = `
local function lagOf(group)
  local length = redis.call('XLEN', KEYS[1])
  local groups = redis.pcall('XINFO', 'GROUPS', KEYS[1])
  if groups.err then return length end
  for _, fields in ipairs(groups) do
    local about = {}
    for index = 1, #fields, 2 do about[fields[index]] = fields[index + 1] end
    if about['name'] == group then return about['lag'] or math.max(0, length - about['pending']) end
  end
  return length
end
local function append(group, maxLag, fields)
  if redis.call('XLEN', KEYS[1]) >= maxLag then
    local lag = lagOf(group)
    if lag >= maxLag then return lag end
  end
  return redis.call('XADD', KEYS[1], '*', unpack(fields))
end
`;

/** ARGV: group, most that may wait, names and values. Answers the id, or as a number how many wait where it refuses. */
export const appendScript = toScript(`${appendFunction}
return append(ARGV[1], tonumber(ARGV[2]), {unpack(ARGV, 3)})
`);

/** ARGV: group, consumer, idle ms, count. Answers entries as [id, fields, deliveries], and ids of those that are gone. */
export const reclaimScript = toScript(`
local group, consumer, count = ARGV[1], ARGV[2], tonumber(ARGV[4])
local cursor, entries, lost = '0-0', {}, {}
for _ = 1, 1000 do
  local found = redis.call('XAUTOCLAIM', KEYS[1], group, consumer, ARGV[3], cursor, 'COUNT', count - #entries)
  for _, entry in ipairs(found[2]) do
    local about = redis.call('XPENDING', KEYS[1], group, entry[1], entry[1], 1)[1]
    entries[#entries + 1] = {entry[1], entry[2], about[4]}
  end
  for _, id in ipairs(found[3] or {}) do lost[#lost + 1] = id end
  cursor = found[1]
  if cursor == '0-0' or #entries >= count then break end
end
return {entries, lost}
`);

const owning = `
local group, consumer = ARGV[1], ARGV[2]
local function isOwn(id) return #redis.call('XPENDING', KEYS[1], group, id, id, 1, consumer) > 0 end
`;

/** ARGV: group, consumer, ids. Answers those that are its own, as if delivered just now; the count stays. */
export const touchScript = toScript(`${owning}
local touched = {}
for index = 3, #ARGV do
  if isOwn(ARGV[index]) then
    redis.call('XCLAIM', KEYS[1], group, consumer, 0, ARGV[index], 'JUSTID')
    touched[#touched + 1] = ARGV[index]
  end
end
return touched
`);

/** How long an entry that was given back counts as untouched. */
const longAgoMs = 365 * 24 * 60 * 60 * 1000;

/** ARGV: group, consumer, the channel that is told, ids. */
export const giveBackScript = toScript(`${owning}
local given = 0
for index = 4, #ARGV do
  if isOwn(ARGV[index]) then
    redis.call('XCLAIM', KEYS[1], group, consumer, 0, ARGV[index], 'IDLE', '${longAgoMs}', 'JUSTID')
    given = given + 1
  end
end
if given > 0 then redis.call('PUBLISH', ARGV[3], given) end
return given
`);

/** ARGV: group, consumer. Answers 0 where something is pending. */
export const leaveScript = toScript(`
if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) > 0 then return 0 end
redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
return 1
`);

/** ARGV: group, idle ms. Answers how many consumers were forgotten. */
export const reapScript = toScript(`
local reaped = 0
for _, fields in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local about = {}
  for index = 1, #fields, 2 do about[fields[index]] = fields[index + 1] end
  if about['pending'] == 0 and about['idle'] >= tonumber(ARGV[2]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], about['name'])
    reaped = reaped + 1
  end
end
return reaped
`);

/** KEYS[2]: dead letters; ARGV: group. Answers lag, pending, age of the oldest pending in ms or -1, dead letters. */
export const depthScript = toScript(`${appendFunction}
local pending = redis.call('XPENDING', KEYS[1], ARGV[1])
local age = -1
if pending[1] > 0 then
  local time = redis.call('TIME')
  age = math.max(0, time[1] * 1000 + math.floor(time[2] / 1000) - string.match(pending[2], '^%d+'))
end
return {lagOf(ARGV[1]), pending[1], age, redis.call('XLEN', KEYS[2])}
`);

/** KEYS[2]: dead letters; ARGV: id, group, most that may wait, names and values. As \`appendScript\`; null: no such letter. */
export const replayScript = toScript(`${appendFunction}
if #redis.call('XRANGE', KEYS[2], ARGV[1], ARGV[1]) == 0 then return false end
local id = append(ARGV[2], tonumber(ARGV[3]), {unpack(ARGV, 4)})
if type(id) == 'string' then redis.call('XDEL', KEYS[2], ARGV[1]) end
return id
`);

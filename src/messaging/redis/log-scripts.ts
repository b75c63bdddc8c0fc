import { toScript } from './run-script.js';

/** KEYS[1] is the request stream in each. */

/** Consumers of this prefix are tenants, whose entries wait for whoever has room for them. */
export const parkedPrefix = 'parked:';

/** `eachConsumer(group, act)`: `act(name, pending, idle, isParked)`. No group, no consumers. */
const consumersFunction = `
local function toTable(flat)
  local about = {}
  for index = 1, #flat, 2 do about[flat[index]] = flat[index + 1] end
  return about
end
local function eachConsumer(group, act)
  local consumers = redis.pcall('XINFO', 'CONSUMERS', KEYS[1], group)
  if consumers.err then return end
  for _, flat in ipairs(consumers) do
    local about = toTable(flat)
    local isParked = string.sub(about['name'], 1, ${parkedPrefix.length}) == '${parkedPrefix}'
    act(about['name'], about['pending'], about['idle'], isParked)
  end
end
local function parkedOf(group)
  local parked = 0
  eachConsumer(group, function(_, pending, _, isParked) if isParked then parked = parked + pending end end)
  return parked
end
local function idsOf(group, name, count)
  return redis.call('XPENDING', KEYS[1], group, '-', '+', count, name)
end
local function isBefore(left, right)
  local leftMs, leftSeq = string.match(left, '^(%d+)-(%d+)$')
  local rightMs, rightSeq = string.match(right, '^(%d+)-(%d+)$')
  if leftMs ~= rightMs then return tonumber(leftMs) < tonumber(rightMs) end
  return tonumber(leftSeq) < tonumber(rightSeq)
end
`;

/**
 * Redis' own `lag` cannot be believed alone: it is absent where entries were deleted unread, and too high for good after a
 * restart from an append-only file, which does not say how many were read since it was rewritten. But what waits is in
 * the stream and in nobody's hands, as answered entries are deleted.
 *
 * `append(group, maxLag, fields)`: the id, or as a number how many wait where it refuses. `fields`: names and values. */
const appendFunction = `${consumersFunction}
local function lagOf(group)
  local length = redis.call('XLEN', KEYS[1])
  local groups = redis.pcall('XINFO', 'GROUPS', KEYS[1])
  if groups.err then return length end
  for _, flat in ipairs(groups) do
    local about = toTable(flat)
    if about['name'] == group then
      local unheld = math.max(0, length - about['pending'])
      return math.min(about['lag'] or unheld, unheld) + parkedOf(group)
    end
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

/**
 * ARGV: group, consumer, idle ms, count. Answers entries as [id, fields, deliveries], and ids of those that are gone. Parked
 * entries are passed over, which XAUTOCLAIM cannot do.
 */
export const reclaimScript = toScript(`${consumersFunction}
local group, consumer, idle, count = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local entries, lost = {}, {}
eachConsumer(group, function(name, pending, _, isParked)
  if isParked or pending == 0 or #entries >= count then return end
  local found = redis.call('XPENDING', KEYS[1], group, 'IDLE', idle, '-', '+', count - #entries, name)
  for _, about in ipairs(found) do
    local claimed = redis.call('XCLAIM', KEYS[1], group, consumer, 0, about[1])[1]
    if claimed then
      entries[#entries + 1] = {about[1], claimed[2], about[4] + 1}
    else
      redis.call('XACK', KEYS[1], group, about[1])
      lost[#lost + 1] = about[1]
    end
  end
end)
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

/** ARGV: group, consumer, the parking consumer, the channel that is told, ids. JUSTID leaves the count of deliveries. */
export const parkScript = toScript(`${owning}
local parked = 0
for index = 5, #ARGV do
  if isOwn(ARGV[index]) then
    redis.call('XCLAIM', KEYS[1], group, ARGV[3], 0, ARGV[index], 'JUSTID')
    parked = parked + 1
  end
end
if parked > 0 then redis.call('PUBLISH', ARGV[4], parked) end
return parked
`);

/**
 * ARGV: group, consumer, count, the room of each tenant, then parking consumers and the room of their tenants. Answers entries
 * as [id, fields, deliveries, parking consumer], ids of those that are gone, and parking consumers that have more.
 */
export const unparkScript = toScript(`${consumersFunction}
local group, consumer, count = ARGV[1], ARGV[2], tonumber(ARGV[3])
local rooms, lines, entries, lost, left = {}, {}, {}, {}, {}
for index = 5, #ARGV, 2 do rooms[ARGV[index]] = tonumber(ARGV[index + 1]) end
eachConsumer(group, function(name, pending, _, isParked)
  if not isParked then return end
  if pending == 0 then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], group, name)
    return
  end
  local room = rooms[name] or tonumber(ARGV[4])
  local line = {name = name, room = room, pending = pending, at = 1, found = {}}
  if count > 0 and room > 0 then line.found = idsOf(group, name, math.min(room, count)) end
  lines[#lines + 1] = line
end)
local function better(line, best)
  if not best then return true end
  if line.room ~= best.room then return line.room > best.room end
  return isBefore(line.found[line.at][1], best.found[best.at][1])
end
while #entries < count do
  local best = nil
  for _, line in ipairs(lines) do
    if line.found[line.at] and better(line, best) then best = line end
  end
  if not best then break end
  local about = best.found[best.at]
  best.at, best.pending = best.at + 1, best.pending - 1
  local entry = redis.call('XRANGE', KEYS[1], about[1], about[1])[1]
  if entry then
    redis.call('XCLAIM', KEYS[1], group, consumer, 0, about[1], 'JUSTID')
    entries[#entries + 1] = {about[1], entry[2], about[4], best.name}
    best.room = best.room - 1
  else
    redis.call('XACK', KEYS[1], group, about[1])
    lost[#lost + 1] = about[1]
  end
end
for _, line in ipairs(lines) do
  if line.pending > 0 then
    left[#left + 1] = line.name
  else
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], group, line.name)
  end
end
return {entries, lost, left}
`);

/** ARGV: group, consumer. Answers 0 where something is pending. */
export const leaveScript = toScript(`
if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) > 0 then return 0 end
redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
return 1
`);

/** ARGV: group, idle ms. Answers how many consumers were forgotten. */
export const reapScript = toScript(`${consumersFunction}
local reaped = 0
eachConsumer(ARGV[1], function(name, pending, idle)
  if pending > 0 or idle < tonumber(ARGV[2]) then return end
  redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], name)
  reaped = reaped + 1
end)
return reaped
`);

/** KEYS[2]: dead letters; ARGV: group. Answers lag, pending, age of the oldest pending in ms or -1, dead letters. */
export const depthScript = toScript(`${appendFunction}
local held, oldest, age = 0, nil, -1
eachConsumer(ARGV[1], function(name, pending, _, isParked)
  if isParked or pending == 0 then return end
  held = held + pending
  local first = idsOf(ARGV[1], name, 1)[1][1]
  if not oldest or isBefore(first, oldest) then oldest = first end
end)
if oldest then
  local time = redis.call('TIME')
  age = math.max(0, time[1] * 1000 + math.floor(time[2] / 1000) - string.match(oldest, '^%d+'))
end
return {lagOf(ARGV[1]), held, age, redis.call('XLEN', KEYS[2])}
`);

/** KEYS[2]: dead letters; ARGV: id, group, most that may wait, names and values. As \`appendScript\`; null: no such letter. */
export const replayScript = toScript(`${appendFunction}
if #redis.call('XRANGE', KEYS[2], ARGV[1], ARGV[1]) == 0 then return false end
local id = append(ARGV[2], tonumber(ARGV[3]), {unpack(ARGV, 4)})
if type(id) == 'string' then redis.call('XDEL', KEYS[2], ARGV[1]) end
return id
`);

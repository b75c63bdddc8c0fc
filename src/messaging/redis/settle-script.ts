import { toScript } from './run-script.js';

/**
 * `settle(k, a)`: KEYS after k: the request stream, the stream of dead letters, then one stream for each reply. ARGV after a:
 * group, entry, done (0 or 1), max replies, how long they are kept (ms), max dead letters, number of the dead letter's names
 * and values, these, then for each reply the number of its names and values, and these.
 * Answers the replies (counted from 0) whose streams are something else; the entry is then left as it is.
 */
export const settleFunction = `
local function settle(k, a)
  local at = a + 8 + ARGV[a + 7]
  local failed = {}
  for index = k + 3, #KEYS do
    local size = tonumber(ARGV[at])
    local sent = redis.pcall('XADD', KEYS[index], 'MAXLEN', '~', ARGV[a + 4], '*', unpack(ARGV, at + 1, at + size))
    if type(sent) == 'table' and sent.err then
      if string.sub(sent.err, 1, 9) ~= 'WRONGTYPE' then error(sent) end
      failed[#failed + 1] = index - k - 3
    else
      redis.call('PEXPIRE', KEYS[index], ARGV[a + 5])
    end
    at = at + size + 1
  end
  if #failed > 0 then return failed end
  local letter = tonumber(ARGV[a + 7])
  if letter > 0 then
    redis.call('XADD', KEYS[k + 2], 'MAXLEN', '~', ARGV[a + 6], '*', unpack(ARGV, a + 8, a + 7 + letter))
  end
  if ARGV[a + 3] == '1' then
    redis.pcall('XACK', KEYS[k + 1], ARGV[a + 1], ARGV[a + 2])
    redis.pcall('XDEL', KEYS[k + 1], ARGV[a + 2])
  end
  return failed
end
`;

export const settleScript = toScript(`${settleFunction}
return settle(0, 0)
`);

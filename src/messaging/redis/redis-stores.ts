import type { Redis } from 'ioredis';
import { AppError } from '../../errors.js';
import { toBuffer } from '../fields.js';
import type { CatalogStore, GrantStore, Presence, SessionStore } from '../messaging.js';
import type { MessagingSettings } from '../settings.js';
import { ask } from './redis-client.js';
import { asBytes, asList, asNumber } from './replies.js';
import { runScript, toScript } from './run-script.js';

export function toSessionKey(keyPrefix: string, traceId: string): string {
  return `${keyPrefix}session:${traceId}`;
}

export function createRedisSessions(client: Redis, keyPrefix: string): SessionStore {
  return {
    find: async (traceId) => {
      if (traceId === '') return null;
      try {
        const body = await ask(client, 'GET', [toSessionKey(keyPrefix, traceId)]);
        return body === null ? null : asBytes(body);
      } catch (error) {
        // Something else lies under the name: nobody's session.
        if (error instanceof AppError && error.message.includes('WRONGTYPE')) return null;
        throw error;
      }
    },
  };
}

/** KEYS: grant; ARGV: by, keep in ms. */
const useScript = toScript(`
local by = redis.call('GET', KEYS[1])
if by then return by == ARGV[1] and 1 or 0 end
if tonumber(ARGV[2]) <= 0 then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`);

export function createRedisGrants(client: Redis, keyPrefix: string): GrantStore {
  return {
    use: async ({ id, by, keepMs }) =>
      asNumber(await runScript(client, useScript, [`${keyPrefix}grant:${id}`], [by, keepMs])) === 1,
  };
}

/** KEYS: current, counter; ARGV: prefix of versions. */
const currentScript = toScript(`
local seq = redis.call('GET', KEYS[1])
if not seq then return false end
local body = redis.call('GET', ARGV[1] .. seq)
return body and {tonumber(seq), body}
`);

/** KEYS: current, counter; ARGV: prefix of versions, expected, body, keep in ms, channel, hash. */
const publishScript = toScript(`
local current = tonumber(redis.call('GET', KEYS[1]) or '0')
local known = redis.call('EXISTS', ARGV[1] .. current) == 1 and current or 0
if known ~= tonumber(ARGV[2]) then return false end
local seq = redis.call('INCR', KEYS[2])
if seq <= current then
  seq = current + 1
  redis.call('SET', KEYS[2], seq)
end
redis.call('SET', ARGV[1] .. seq, ARGV[3])
redis.call('SET', KEYS[1], seq)
-- A pointer that was deleted leaves the newest version behind.
for _, old in ipairs({current, seq - 1}) do redis.call('PEXPIRE', ARGV[1] .. old, ARGV[4]) end
redis.call('PUBLISH', ARGV[5], cjson.encode({version = seq, schema_hash = ARGV[6]}))
return seq
`);

export function createRedisCatalogs(
  client: Redis,
  { keyPrefix, catalogChannel }: Pick<MessagingSettings, 'keyPrefix' | 'catalogChannel'>,
): CatalogStore {
  const keys = [`${keyPrefix}catalog:current`, `${keyPrefix}catalog:seq`];
  const versions = `${keyPrefix}catalog:v`;
  return {
    current: async () => {
      const found = await runScript(client, currentScript, keys, [versions]);
      if (found === null) return null;
      const [seq, body] = asList(found);
      return { seq: asNumber(seq), body: asBytes(body) };
    },
    find: async (seq) => {
      const body = await ask(client, 'GET', [`${versions}${seq}`]);
      return body === null ? null : asBytes(body);
    },
    publish: async ({ expected, body, schemaHash, keepMs }) => {
      const args = [versions, expected, toBuffer(body), keepMs, catalogChannel, schemaHash];
      const seq = await runScript(client, publishScript, keys, args);
      return seq === null ? null : asNumber(seq);
    },
  };
}

export function createRedisPresence(client: Redis, prefix: string): Presence {
  return {
    announce: async (instance, about, ttlMs) => {
      await ask(client, 'SET', [`${prefix}${instance}`, JSON.stringify(about), 'PX', ttlMs]);
    },
    withdraw: async (instance) => {
      await ask(client, 'DEL', [`${prefix}${instance}`]);
    },
  };
}

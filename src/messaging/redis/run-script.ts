import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { type CommandValue, send, toRedisError } from './redis-client.js';

/** A Lua script and the name under which Redis remembers it. */
export type Script = { readonly lua: string; readonly sha: string };

export type ScriptValue = CommandValue;

export function toScript(lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

/**
 * Runs a script by its name, and by its text where Redis does not know the name. Throws UPSTREAM_FAILED. Scripts here may run
 * twice for one call: the connection repeats what it got no answer to.
 */
export async function runScript(
  client: Redis,
  script: Script,
  keys: readonly string[],
  args: readonly ScriptValue[],
): Promise<unknown> {
  try {
    return await send(client, 'EVALSHA', [script.sha, keys.length, ...keys, ...args]);
  } catch (error) {
    if (!isNoScript(error)) throw toRedisError(error);
  }
  try {
    return await send(client, 'EVAL', [script.lua, keys.length, ...keys, ...args]);
  } catch (error) {
    throw toRedisError(error);
  }
}

function isNoScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}

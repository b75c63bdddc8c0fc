import { RecentMap } from '../../lib/recent-map.js';
import type { McpServerKey, McpTokens } from './mcp-tokens.js';

export interface RememberedTokens extends McpTokens {
  /** The values that were given out lately for a server, and the tokens in them: nobody may read them in its answers. */
  secretsOf(server: McpServerKey): string[];
}

const maxServers = 5000;
/** A server may repeat a token after it was renewed. */
const maxValues = 4;

export function rememberTokens(tokens: McpTokens): RememberedTokens {
  const given = new RecentMap<string, string[]>(maxServers);
  return {
    authorize: async (server, request) => {
      const value = await tokens.authorize(server, request);
      const key = keyOf(server);
      const known = given.get(key) ?? [];
      if (value !== null && !known.includes(value)) {
        given.set(key, [value, ...known].slice(0, maxValues));
      }
      return value;
    },
    secretsOf: (server) => (given.get(keyOf(server)) ?? []).flatMap(partsOf),
  };
}

/** RFC 9110, section 11.4: a scheme, a space, and the credential. */
function partsOf(value: string): string[] {
  const space = value.indexOf(' ');
  return space < 0 ? [value] : [value, value.slice(space + 1).trim()];
}

/** Names of tenants have no control characters. */
function keyOf({ tenant, id }: McpServerKey): string {
  return `${tenant}\n${id}`;
}

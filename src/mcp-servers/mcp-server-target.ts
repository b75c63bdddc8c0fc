import { createHash } from 'node:crypto';
import type { McpTarget, McpTransportKind } from '../upstream/mcp/mcp-sessions.js';
import type { McpServerKey, McpTokens } from './oauth/mcp-tokens.js';

/** What a session with a server needs of its row. */
export type ReachableServer = {
  id: string;
  tenantId: string;
  serverUrl: string;
  transport: McpTransportKind | null;
  timeoutSeconds: number;
};

/** A server as sessions know it; every request is authorized with what is stored at that moment. */
export function toTarget(
  { id, tenantId: tenant, serverUrl, transport, timeoutSeconds }: ReachableServer,
  tokens: McpTokens,
): McpTarget {
  return {
    key: toSessionKey({ tenant, id }),
    url: serverUrl,
    transport,
    timeoutMs: timeoutSeconds * 1000,
    authorize: (request) => tokens.authorize({ tenant, id }, request),
  };
}

/**
 * A server at a URL that one call was given. It has a session of its own, and is authorized only where the URL is of the
 * origin that the tokens were stored for.
 */
export function toGivenTarget(server: ReachableServer, url: string, tokens: McpTokens): McpTarget {
  const { id, tenantId: tenant, serverUrl, timeoutSeconds } = server;
  const isSameOrigin = new URL(url).origin === new URL(serverUrl).origin;
  const digest = createHash('sha256').update(url).digest('hex').slice(0, 16);
  return {
    key: toSessionKey({ tenant, id: `${id}@${digest}` }),
    url,
    transport: null,
    timeoutMs: timeoutSeconds * 1000,
    authorize: async (request) => (isSameOrigin ? tokens.authorize({ tenant, id }, request) : null),
  };
}

/** `<id> <tenant>` */
export function toSessionKey({ tenant, id }: McpServerKey): string {
  return `${id} ${tenant}`;
}

export function parseSessionKey(key: string): McpServerKey {
  const space = key.indexOf(' ');
  return { id: key.slice(0, space), tenant: key.slice(space + 1) };
}

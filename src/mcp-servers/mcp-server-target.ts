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

/** `<id> <tenant>` */
export function toSessionKey({ tenant, id }: McpServerKey): string {
  return `${id} ${tenant}`;
}

export function parseSessionKey(key: string): McpServerKey {
  const space = key.indexOf(' ');
  return { id: key.slice(0, space), tenant: key.slice(space + 1) };
}

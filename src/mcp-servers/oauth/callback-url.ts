import type { McpParts } from '../mcp-parts.js';

/** Where authorization servers send people back to; null without a public URL. */
export function toCallbackUrl({ publicUrl }: Pick<McpParts, 'publicUrl'>): string | null {
  return publicUrl === null ? null : `${publicUrl}/tools/mcp-servers/oauth/callback`;
}

/**
 * Our client id where authorization servers take the URL of a metadata document for one: https alone (MCP specification
 * 2025-11-25, "Client ID Metadata Documents"). Null where nobody could read it.
 */
export function toClientDocumentUrl({ publicUrl }: Pick<McpParts, 'publicUrl'>): string | null {
  if (publicUrl === null || !publicUrl.startsWith('https:')) return null;
  return `${publicUrl}/tools/mcp-servers/oauth/client-metadata`;
}

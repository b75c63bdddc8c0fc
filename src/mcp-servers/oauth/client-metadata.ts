import { isLoopback } from '../../upstream/oauth/oauth-url.js';
import type { McpParts } from '../mcp-parts.js';
import { toCallbackUrl, toClientDocumentUrl } from './callback-url.js';

/** What authorization servers are told of us (RFC 7591, section 2). */
export function toClientMetadata({
  redirectUri,
  method,
  scopes,
}: {
  redirectUri: string;
  method: string;
  scopes: readonly string[];
}): Record<string, unknown> {
  return {
    client_name: 'Toolgraph',
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: method,
    application_type: isLoopback(new URL(redirectUri).hostname) ? 'native' : 'web',
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
  };
}

/** The document that lies at our client id; null where we have none. */
export function clientMetadataDocument(
  mcp: Pick<McpParts, 'publicUrl'>,
): Record<string, unknown> | null {
  const clientId = toClientDocumentUrl(mcp);
  const redirectUri = toCallbackUrl(mcp);
  if (clientId === null || redirectUri === null) return null;
  return {
    client_id: clientId,
    client_uri: mcp.publicUrl,
    ...toClientMetadata({ redirectUri, method: 'none', scopes: [] }),
  };
}

import { AppError } from '../../errors.js';
import type { MetadataReader } from '../../upstream/oauth/read-metadata.js';
import { registerClient, toClientMethods } from '../../upstream/oauth/register-client.js';
import type { McpParts } from '../mcp-parts.js';
import { toCallbackUrl, toClientDocumentUrl } from './callback-url.js';
import { chooseClientMethod } from './choose-client-method.js';
import { toClientMetadata } from './client-metadata.js';
import { type OpenTokenRow, otherIssuer, pinnedIssuer } from './open-token-row.js';
import type { DiscoveredOauth, StoredClient } from './stored-oauth.js';

export type ChosenClient = StoredClient & {
  /** Of a client that was registered just now; a client that was given has its own in the row. */
  secret: string | null;
};

/**
 * Who we are at an authorization server: the client that a person gave, else the one named by our metadata document, else
 * one that is registered for this authorization (MCP specification 2025-11-25, "Client Registration Approaches"). Throws
 * FORBIDDEN where a given client belongs to another issuer, NOT_CONFIGURED where the server takes none of these.
 */
export async function chooseClient(
  reader: MetadataReader,
  mcp: Pick<McpParts, 'publicUrl'>,
  request: {
    row: OpenTokenRow;
    discovered: DiscoveredOauth;
    redirectUri: string;
    scopes: readonly string[];
  },
): Promise<ChosenClient> {
  const { row, discovered, redirectUri, scopes } = request;
  const { issuer, authMethods, registrationEndpoint, takesClientIdDocuments } = discovered.issuer;
  if (row.client?.source === 'given') {
    const pinned = pinnedIssuer(row);
    if (pinned !== null && row.tokenUrl === null && pinned !== issuer) throw otherIssuer(pinned);
    const { id, secret } = row.client;
    const method = chooseClientMethod(secret, authMethods);
    return { id, issuer, method, source: 'given', redirectUri: null, secret: null };
  }
  const documentUrl = toClientDocumentUrl(mcp);
  if (takesClientIdDocuments && documentUrl !== null && redirectUri === toCallbackUrl(mcp)) {
    const source = 'document' as const;
    return { id: documentUrl, issuer, method: 'none', source, redirectUri, secret: null };
  }
  if (registrationEndpoint === null) throw withoutClient(issuer);
  const method = registrationMethod(authMethods);
  const metadata = toClientMetadata({ redirectUri, method, scopes });
  const client = await registerClient(reader, registrationEndpoint, metadata);
  return { ...client, issuer, source: 'registered', redirectUri };
}

/** A server that does not say takes Basic (RFC 8414, section 2). */
function registrationMethod(supported: readonly string[] | null): string {
  const methods = toClientMethods(supported ?? []);
  if (methods.includes('basic') || supported === null) return 'client_secret_basic';
  return methods.includes('post') ? 'client_secret_post' : 'none';
}

function withoutClient(issuer: string): AppError {
  const { host } = new URL(issuer);
  return new AppError(
    'NOT_CONFIGURED',
    `The authorization server at "${host}" registers no clients: register one there and give its client id.`,
    { host },
  );
}

import { AppError } from '../../errors.js';
import { coversResource, requireSecureUrl, toWellKnown } from './oauth-url.js';
import { type MetadataReader, readMetadata, textOf, textsOf } from './read-metadata.js';

/** Protected resource metadata (RFC 9728, section 2), as far as it is used. */
export type ResourceMetadata = {
  /** What tokens are asked for (RFC 8707). */
  resource: string;
  authorizationServers: string[];
  scopes: string[];
};

/**
 * The metadata of an MCP server: from where a challenge says, else from the well-known place with its path, then of its
 * root (MCP specification 2025-11-25, "Protected Resource Metadata Discovery Requirements"). Null where there is none.
 * Throws FORBIDDEN when it speaks for another resource.
 */
export async function discoverResource(
  reader: MetadataReader,
  { serverUrl, challenged }: { serverUrl: string; challenged: string | null },
): Promise<ResourceMetadata | null> {
  const { origin } = new URL(serverUrl);
  const places = [
    ...(challenged === null ? [] : [requireSecureUrl(challenged, 'The resource metadata', origin)]),
    toWellKnown('oauth-protected-resource', serverUrl),
    toWellKnown('oauth-protected-resource', origin),
  ];
  for (const place of new Set(places)) {
    const document = await readMetadata(reader, place);
    const resource = textOf(document?.resource);
    if (!document || resource === null) continue;
    if (!coversResource(resource, serverUrl)) throw foreignResource(serverUrl);
    const authorizationServers = textsOf(document.authorization_servers) ?? [];
    if (authorizationServers.length === 0) continue;
    return { resource, authorizationServers, scopes: textsOf(document.scopes_supported) ?? [] };
  }
  return null;
}

function foreignResource(serverUrl: string): AppError {
  const { host } = new URL(serverUrl);
  return new AppError(
    'FORBIDDEN',
    `The OAuth metadata of the MCP server at "${host}" is of another resource than its URL.`,
    { host },
  );
}

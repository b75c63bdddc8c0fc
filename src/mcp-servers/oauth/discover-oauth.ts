import { AppError } from '../../errors.js';
import { defaultIssuer, discoverIssuer } from '../../upstream/oauth/discover-issuer.js';
import { discoverResource } from '../../upstream/oauth/discover-resource.js';
import { toResource } from '../../upstream/oauth/oauth-url.js';
import type { MetadataReader } from '../../upstream/oauth/read-metadata.js';
import type { DiscoveredOauth } from './stored-oauth.js';

/**
 * Finds the authorization server of an MCP server: from its protected resource metadata, preferring the issuer that is
 * known already, else, as the specification of 2025-03-26 has it, on the server's own origin. Throws FORBIDDEN where
 * documents contradict each other, UPSTREAM_FAILED or UPSTREAM_TIMEOUT where they cannot be read.
 */
export async function discoverOauth(
  reader: MetadataReader,
  server: { serverUrl: string; resourceMetadata: string | null; knownIssuer: string | null },
): Promise<DiscoveredOauth> {
  const { serverUrl, resourceMetadata, knownIssuer } = server;
  const { origin } = new URL(serverUrl);
  const found = await discoverResource(reader, { serverUrl, challenged: resourceMetadata });
  if (!found) {
    const issuer = await discoverIssuer(reader, {
      ...{ issuer: origin, plainOrigin: origin, isGuessed: true },
    });
    return {
      serverUrl,
      resource: toResource(serverUrl),
      resourceScopes: [],
      issuer: issuer ?? defaultIssuer(origin),
    };
  }
  const { authorizationServers, resource, scopes } = found;
  const known = authorizationServers.find((one) => one === knownIssuer);
  const chosen = known ?? authorizationServers[0] ?? origin;
  const issuer = await discoverIssuer(reader, { issuer: chosen, plainOrigin: origin });
  if (!issuer) throw withoutMetadata(chosen);
  return { serverUrl, resource, resourceScopes: scopes, issuer };
}

function withoutMetadata(issuer: string): AppError {
  const { host } = new URL(issuer);
  return new AppError(
    'UPSTREAM_FAILED',
    `The authorization server at "${host}" has no metadata where RFC 8414 and OpenID Connect Discovery put it.`,
    { host },
  );
}

import { AppError } from '../../errors.js';
import { requireSecureUrl, toWellKnown, withoutSlash } from './oauth-url.js';
import { type MetadataReader, readMetadata, textOf, textsOf } from './read-metadata.js';

/** Authorization server metadata (RFC 8414, section 2), as far as it is used. */
export type IssuerMetadata = {
  issuer: string;
  authorizationEndpoint: string | null;
  tokenEndpoint: string;
  registrationEndpoint: string | null;
  /** Null where it does not say. */
  authMethods: string[] | null;
  codeChallengeMethods: string[] | null;
  scopes: string[];
  /** RFC 9207, section 3: its callbacks carry `iss`. */
  namesItselfInCallbacks: boolean;
  takesClientIdDocuments: boolean;
};

type ExpectedIssuer = {
  issuer: string;
  plainOrigin: string | null;
  /** Nobody named the issuer: the document may, within the origin that it comes from. */
  isGuessed?: boolean;
};

/**
 * The metadata of an authorization server, in the orders of RFC 8414 and OpenID Connect Discovery (MCP specification
 * 2025-11-25, "Authorization Server Metadata Discovery"). Null where there is none. Throws FORBIDDEN when the document
 * names another issuer (RFC 8414, section 3.3) or an endpoint without TLS.
 */
export async function discoverIssuer(
  reader: MetadataReader,
  expected: ExpectedIssuer,
): Promise<IssuerMetadata | null> {
  const { issuer, plainOrigin } = expected;
  requireSecureUrl(issuer, 'The authorization server', plainOrigin);
  for (const place of new Set(placesOf(issuer))) {
    const document = await readMetadata(reader, place);
    if (!document) continue;
    return toIssuerMetadata(document, expected);
  }
  return null;
}

/**
 * Endpoints of a server without any metadata (MCP specification 2025-03-26, "Fallbacks for Servers without Metadata
 * Discovery").
 */
export function defaultIssuer(origin: string): IssuerMetadata {
  return {
    issuer: origin,
    authorizationEndpoint: `${origin}/authorize`,
    tokenEndpoint: `${origin}/token`,
    registrationEndpoint: `${origin}/register`,
    authMethods: null,
    codeChallengeMethods: ['S256'],
    scopes: [],
    namesItselfInCallbacks: false,
    takesClientIdDocuments: false,
  };
}

function placesOf(issuer: string): string[] {
  const { origin, pathname } = new URL(issuer);
  return [
    toWellKnown('oauth-authorization-server', issuer),
    toWellKnown('openid-configuration', issuer),
    `${origin}${withoutSlash(pathname)}/.well-known/openid-configuration`,
  ];
}

/** A lone slash is the one difference that names no other server. */
function isExpected(issuer: string, expected: ExpectedIssuer): boolean {
  if (expected.isGuessed) return URL.parse(issuer)?.origin === new URL(expected.issuer).origin;
  return withoutSlash(issuer) === withoutSlash(expected.issuer);
}

function toIssuerMetadata(
  document: Record<string, unknown>,
  expected: ExpectedIssuer,
): IssuerMetadata {
  const { host } = new URL(expected.issuer);
  const issuer = textOf(document.issuer);
  if (issuer === null || !isExpected(issuer, expected)) {
    throw new AppError(
      'FORBIDDEN',
      `The metadata of the authorization server at "${host}" names another issuer.`,
      { host },
    );
  }
  const endpoint = (name: string) => {
    const url = textOf(document[name]);
    return url === null ? null : requireSecureUrl(url, `The ${name}`, expected.plainOrigin);
  };
  const tokenEndpoint = endpoint('token_endpoint');
  if (tokenEndpoint === null) {
    throw new AppError(
      'UPSTREAM_FAILED',
      `The metadata of the authorization server at "${host}" has no token_endpoint.`,
      { host },
    );
  }
  return {
    issuer,
    authorizationEndpoint: endpoint('authorization_endpoint'),
    tokenEndpoint,
    registrationEndpoint: endpoint('registration_endpoint'),
    authMethods: textsOf(document.token_endpoint_auth_methods_supported),
    codeChallengeMethods: textsOf(document.code_challenge_methods_supported),
    scopes: textsOf(document.scopes_supported) ?? [],
    namesItselfInCallbacks: document.authorization_response_iss_parameter_supported === true,
    takesClientIdDocuments: document.client_id_metadata_document_supported === true,
  };
}

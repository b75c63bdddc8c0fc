import type { Credential } from './credential.js';

/** Where a credential stands in a request. */
export type Placement = {
  scheme: string;
  in: 'header' | 'query' | 'cookie';
  name: string;
  /** Null where a token has to be asked for first: see `grant`. */
  value: string | null;
  /** For a token by client credentials: whose, and the scopes that the operation names. */
  grant: { credential: Credential; scopes: string[] } | null;
};

export type SchemeInput = {
  scheme: string;
  /** The Security Scheme Object; undefined where the document has none of this name. */
  definition: Record<string, unknown> | undefined;
  scopes: string[];
  credential: Credential | undefined;
  /** Names of headers that go along anyway. */
  storedHeaders: string[];
};

/**
 * How one security scheme (OpenAPI "Security Scheme Object") is served by a credential: nothing to place where a stored
 * header does it already. A text says why it is not served, to follow the name of the scheme.
 */
export function bindScheme(input: SchemeInput): Placement[] | string {
  const { scheme, definition, credential } = input;
  if (!definition) return 'is not declared in the document';
  if (definition.type === 'mutualTLS') return 'is mutual TLS, which is not supported';
  const place = placeOf(definition);
  if (!place) return 'is declared in a way that cannot be used';
  const isStored = input.storedHeaders.some(
    (header) => place.in === 'header' && header.toLowerCase() === place.name.toLowerCase(),
  );
  if (isStored) return [];
  if (!credential) return `(${describe(definition, place)}) has no stored credential`;
  if (isGrant(definition, credential)) {
    return [{ scheme, ...place, value: null, grant: { credential, scopes: input.scopes } }];
  }
  const value = valueFor(definition, credential);
  if (value === null) {
    return `(${describe(definition, place)}) has a stored credential of another kind, "${credential.kind}"`;
  }
  return [{ scheme, ...place, value, grant: null }];
}

type Place = Pick<Placement, 'in' | 'name'>;

function placeOf({ type, in: location, name }: Record<string, unknown>): Place | null {
  if (type !== 'apiKey') return { in: 'header', name: 'Authorization' };
  if (typeof name !== 'string' || name === '') return null;
  return location === 'header' || location === 'query' || location === 'cookie'
    ? { in: location, name }
    : null;
}

function isGrant({ type }: Record<string, unknown>, credential: Credential): boolean {
  const takesToken = type === 'oauth2' || type === 'openIdConnect' || type === 'http';
  return takesToken && credential.kind === 'oauth2' && credential.value === undefined;
}

/** The text that goes into the place (RFC 7617 for Basic, in UTF-8; RFC 6750 for Bearer). */
function valueFor(definition: Record<string, unknown>, credential: Credential): string | null {
  const { value, username, password = '' } = credential;
  if (definition.type === 'apiKey') return value ?? null;
  const scheme = definition.type === 'http' ? String(definition.scheme) : 'bearer';
  if (scheme.toLowerCase() === 'basic') {
    if (username === undefined) return null;
    return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }
  if (value === undefined || !/^[\w!#$%&'*+.^`|~-]+$/.test(scheme)) return null;
  const name = scheme.toLowerCase() === 'bearer' ? 'Bearer' : scheme;
  // People store the whole header value as often as the bare token.
  const isWhole = value.toLowerCase().startsWith(`${name.toLowerCase()} `);
  return isWhole ? value : `${name} ${value}`;
}

function describe({ type, scheme }: Record<string, unknown>, place: Place): string {
  if (type === 'apiKey') return `an API key in the ${place.in} "${place.name}"`;
  if (type === 'oauth2') return 'OAuth 2.0: client credentials or a token';
  if (type === 'openIdConnect') return 'OpenID Connect: a token';
  return `HTTP ${String(scheme).toLowerCase()}`;
}

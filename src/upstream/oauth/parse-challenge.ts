/** What a WWW-Authenticate header asks of Bearer tokens (RFC 6750, section 3; RFC 9728, section 5.1). */
export type BearerChallenge = {
  error: string | null;
  /** Scopes that the resource asks for, empty where it names none. */
  scopes: string[];
  resourceMetadata: string | null;
};

const empty: BearerChallenge = { error: null, scopes: [], resourceMetadata: null };

/**
 * The Bearer challenge of a WWW-Authenticate value, which may hold several (RFC 9110, section 11.6.1). Without one, a
 * challenge that asks for nothing in particular.
 */
export function parseBearerChallenge(header: string): BearerChallenge {
  const parameters = bearerParameters(header);
  if (!parameters) return empty;
  return {
    error: parameters.get('error') ?? null,
    scopes: toScopes(parameters.get('scope') ?? ''),
    resourceMetadata: parameters.get('resource_metadata') ?? null,
  };
}

/** Distinct scopes of a text that separates them by spaces (RFC 6749, section 3.3); what is no scope is left out. */
export function toScopes(text: string): string[] {
  const isScope = (part: string) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(part);
  return [...new Set(text.split(' ').filter(isScope))];
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const token68 = '[A-Za-z0-9._~+/-]+=*';
const end = '\\s*(?:,|$)';
const part = new RegExp(
  `\\s*(?:,\\s*)*(?:(${token})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${token}))|(${token})(?:\\s+${token68}(?=${end})|\\s+(?![\\s,=])|(?=${end})))`,
  'y',
);

/** Parameters of the first Bearer challenge; names are told apart from schemes by the `=` that follows them. */
function bearerParameters(header: string): Map<string, string> | null {
  part.lastIndex = 0;
  let found: Map<string, string> | null = null;
  for (;;) {
    const match = part.exec(header);
    if (!match) return found;
    const [, name, quoted, plain, scheme] = match;
    if (scheme !== undefined) {
      if (found) return found;
      if (scheme.toLowerCase() === 'bearer') found = new Map();
    } else if (found && name !== undefined && !found.has(name.toLowerCase())) {
      found.set(name.toLowerCase(), plain ?? quoted?.replace(/\\(.)/g, '$1') ?? '');
    }
  }
}

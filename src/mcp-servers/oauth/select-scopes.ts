export type ScopeSources = {
  /** What a person wrote down for the server; empty when nothing. */
  given: readonly string[];
  /** What the server's challenge names. */
  challenged: readonly string[];
  /** What the tokens so far were asked for: a step up must not lose it. */
  held: readonly string[];
  /** `scopes_supported` of the server's resource metadata. */
  resource: readonly string[];
  /** `scopes_supported` of the authorization server. */
  issuer: readonly string[];
};

/**
 * The scopes to ask for: those of the challenge, with what is given or held, else what the resource supports, else none
 * (MCP specification 2025-11-25, "Scope Selection Strategy"). With `offline`, `offline_access` too where the server knows
 * it, so that it issues a refresh token.
 */
export function selectScopes(
  { given, challenged, held, resource, issuer }: ScopeSources,
  { offline }: { offline: boolean },
): string[] {
  const named = [...new Set([...given, ...held, ...challenged])];
  const scopes = named.length > 0 ? named : [...new Set(resource)];
  const isOffline = offline && scopes.length > 0 && issuer.includes('offline_access');
  return isOffline ? [...new Set([...scopes, 'offline_access'])] : scopes;
}

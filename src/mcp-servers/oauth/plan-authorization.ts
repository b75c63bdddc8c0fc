export type AuthorizationFacts = {
  /** The Authorization value of the stored access token; null without one. */
  header: string | null;
  /** Milliseconds until the access token ends; null where that is not known. */
  endsInMs: number | null;
  lifetimeSeconds: number | null;
  /** The value that the server did not take. */
  stale: string | null;
  /** Whether the server answered before that it wants authorization. */
  isChallenged: boolean;
  /** Whether it took the token and wants one that may do more (RFC 6750, section 3.1). */
  wantsMoreScope: boolean;
  /** Whether a refresh token or the client's own credentials are there. */
  isRenewable: boolean;
  /** Whether it is known where to ask. */
  isEndpointKnown: boolean;
};

/**
 * `use`: the stored token; `none`: no header; `renew`: other tokens first; `try-renew`: the same, but the stored token
 * still serves when that fails for now; `step-up`: a token with more scopes; `person`: somebody has to authorize.
 */
export type AuthorizationPlan = 'use' | 'none' | 'renew' | 'try-renew' | 'step-up' | 'person';

const maxMarginMs = 60_000;
const unknownLifetimeMarginMs = 30_000;

/** What to do for a request to an MCP server. */
export function planAuthorization(facts: AuthorizationFacts): AuthorizationPlan {
  const { header, stale, isRenewable } = facts;
  if (header === null) {
    if (isRenewable && (facts.isEndpointKnown || facts.isChallenged)) return 'renew';
    return facts.isChallenged ? 'person' : 'none';
  }
  if (header === stale) {
    if (facts.wantsMoreScope) return 'step-up';
    return isRenewable ? 'renew' : 'person';
  }
  if (!isRenewable || facts.endsInMs === null || facts.endsInMs > marginMs(facts)) return 'use';
  return facts.endsInMs > 0 ? 'try-renew' : 'renew';
}

/** A tenth of the token's life, so that short ones are not renewed for every request. */
function marginMs({ lifetimeSeconds }: AuthorizationFacts): number {
  if (lifetimeSeconds === null) return unknownLifetimeMarginMs;
  return Math.min(maxMarginMs, lifetimeSeconds * 100);
}

import type { Actor } from '../context.js';

/** Header fields as a transport has them; names in any case, repeated fields as a list or joined by commas. */
export type RequestHeaders = Record<string, string | string[] | undefined>;

/** Tells who asks. */
export interface Authenticator extends AsyncDisposable {
  /**
   * Throws INVALID_INPUT (no tenant, or a malformed header), UNAUTHENTICATED (no token, or one that does not verify),
   * FORBIDDEN (a header contradicts the token) or UPSTREAM_* (the keys cannot be fetched). Never repeats a token.
   */
  authenticate(headers: RequestHeaders): Promise<Actor>;
}

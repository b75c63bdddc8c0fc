import type { Actor } from '../../context.js';
import type { RequestHeaders } from '../authenticator.js';
import type { RateRule } from './parse-rates.js';

/** Where a call came from, for its record: what the token says, word for word. */
export type CallOrigin = { jobId: string | null; sandboxId: string | null };

/** Who asks the ATI proxy. */
export type AtiCaller = {
  /** Has the scopes to read and to call, whatever tools the token grants. */
  actor: Actor;
  /** Whose tools are meant. */
  agentId: string;
  /** As the token names them: `tool:…`, `skill:…` or `*`. See `isToolGranted`. */
  scopes: readonly string[];
  rates: readonly RateRule[];
  origin: CallOrigin;
};

/** `token`: callers bring one. `open`: every caller is trusted. `closed`: the service asks for tokens, the proxy has no key for its own. */
export type AtiMode = 'token' | 'open' | 'closed';

/** Tells who asks the ATI proxy. */
export interface AtiAuthenticator {
  readonly mode: AtiMode;
  /** The public key as a JWK (RFC 7517) set; null without one. */
  readonly jwks: Record<string, unknown> | null;
  /**
   * Throws UNAUTHENTICATED (no token, or one that does not hold), INVALID_INPUT with `details.header` (it names no
   * tenant or agent and neither does the configuration) or NOT_CONFIGURED (`closed`). Never repeats a token.
   */
  authenticate(headers: RequestHeaders): Promise<AtiCaller>;
  /**
   * For whom the public health check counts: who asks, else the agent that is configured; null without one. Grants
   * nothing: whoever may call is told by `authenticate`.
   */
  findCounted(headers: RequestHeaders): Promise<AtiCaller | null>;
}

import { createHash } from 'node:crypto';
import type { Clock } from '../context.js';
import { AppError } from '../errors.js';
import type { HttpClient } from '../upstream/http-client.js';
import { settledBefore } from '../upstream/settled-before.js';
import type { Credential } from './credential.js';
import { type ClientAuthentication, requestToken, type Token } from './request-token.js';

export type TokenRequest = {
  /** Of kind `oauth2`, with client id, client secret and token URL. */
  credential: Credential;
  /** Asked for where the credential names none. */
  scopes: string[];
  /** A token that the API did not accept: another one is asked for. */
  stale?: string;
  /** Ends the waiting of this caller; a token that is on its way still arrives for the others. */
  signal?: AbortSignal;
};

export interface OauthTokens {
  /**
   * An access token by the client credentials grant (RFC 6749, section 4.4), remembered until shortly before it ends
   * and asked for once however many wait for it.
   * Throws NOT_CONFIGURED for an incomplete credential, FORBIDDEN, UPSTREAM_TIMEOUT or UPSTREAM_FAILED.
   */
  tokenFor(request: TokenRequest): Promise<string>;
}

type Entry = {
  token: (Token & { usableUntil: number }) | null;
  pending: Promise<string> | null;
  /** What this token endpoint took before. */
  authentication: ClientAuthentication | null;
};

const maxEntries = 2_000;
const maxMarginMs = 60_000;

export function createOauthTokens({
  http,
  clock,
  timeoutMs = 15_000,
}: {
  http: Pick<HttpClient, 'send'>;
  clock: Clock;
  timeoutMs?: number;
}): OauthTokens {
  const entries = new Map<string, Entry>();

  function entryOf(key: string): Entry {
    const entry = entries.get(key) ?? { token: null, pending: null, authentication: null };
    entries.delete(key);
    entries.set(key, entry);
    for (const [oldest] of entries) {
      if (entries.size <= maxEntries) break;
      entries.delete(oldest);
    }
    return entry;
  }

  async function renew(entry: Entry, grant: Grant): Promise<string> {
    try {
      const { token, authentication } = await requestToken(http, {
        ...grant,
        authentication: entry.authentication,
        timeoutMs,
      });
      const lifetimeMs = token.expiresInSeconds * 1_000;
      const margin = Math.min(maxMarginMs, lifetimeMs / 10);
      entry.authentication = authentication;
      entry.token = { ...token, usableUntil: clock.now().getTime() + lifetimeMs - margin };
      return token.value;
    } finally {
      entry.pending = null;
    }
  }

  return {
    tokenFor: async ({ credential, scopes, stale, signal }) => {
      signal?.throwIfAborted();
      const grant = toGrant(credential, scopes);
      const entry = entryOf(keyOf(grant));
      const { token } = entry;
      const isUsable = token && token.value !== stale && clock.now().getTime() < token.usableUntil;
      if (isUsable) return token.value;
      entry.pending ??= renew(entry, grant);
      return signal ? settledBefore(signal, entry.pending) : entry.pending;
    },
  };
}

type Grant = { clientId: string; clientSecret: string; tokenUrl: string; scopes: string[] };

function toGrant(credential: Credential, scopes: string[]): Grant {
  const { scheme, clientId, clientSecret, tokenUrl } = credential;
  if (clientId !== undefined && clientSecret !== undefined && tokenUrl !== undefined) {
    return { clientId, clientSecret, tokenUrl, scopes: credential.scopes ?? scopes };
  }
  throw new AppError(
    'NOT_CONFIGURED',
    `The credential of "${scheme}" is incomplete: a client id, a client secret and a token URL were expected.`,
    { schemes: [scheme] },
  );
}

/** A digest, so that no secret stands in memory for longer than it is used. */
function keyOf({ clientId, clientSecret, tokenUrl, scopes }: Grant): string {
  const parts = [tokenUrl, clientId, clientSecret, [...scopes].sort().join(' ')];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}

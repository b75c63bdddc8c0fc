import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';
import type { AuthConfig } from '../config-types.js';
import type { Clock } from '../context.js';
import { AppError } from '../errors.js';
import type { HttpClient } from '../upstream/http-client.js';

const maxKeySetBytes = 1024 * 1024;
const fetchTimeoutMs = 5_000;
/** After a failed fetch, callers get its failure for this long: a key server that is down is not flooded. */
const failureCooldownMs = 2_000;

/** The key, or the set of keys, that verifies tokens. */
export function createKeyFinder(
  auth: AuthConfig,
  ports: { jwtSecret: string | null; http: HttpClient; clock: Clock },
): JWTVerifyGetKey {
  switch (auth.kind) {
    case 'secret': {
      const secret = new TextEncoder().encode(ports.jwtSecret ?? '');
      return () => secret;
    }
    case 'publicKey':
      return () => auth.publicKey;
    case 'jwks':
      return createRemoteJWKSet(new URL(auth.jwksUrl), {
        timeoutDuration: fetchTimeoutMs,
        [customFetch]: createKeySetFetch(ports),
      });
  }
}

function createKeySetFetch({ http, clock }: { http: HttpClient; clock: Clock }) {
  let lastFailure: { at: number; error: AppError } | null = null;
  return async (url: string, { signal }: { signal: AbortSignal }): Promise<Response> => {
    const now = clock.now().getTime();
    if (lastFailure && now - lastFailure.at < failureCooldownMs) throw lastFailure.error;
    try {
      const body = await fetchKeySet(http, url, signal);
      lastFailure = null;
      return new Response(body);
    } catch (error) {
      const failure = toFailure(error);
      lastFailure = { at: now, error: failure };
      throw failure;
    }
  };
}

async function fetchKeySet(http: HttpClient, url: string, signal: AbortSignal): Promise<string> {
  const answer = await http.send({
    url,
    headers: { accept: 'application/jwk-set+json, application/json' },
    maxBytes: maxKeySetBytes,
    maxRedirects: 0,
    timeoutMs: fetchTimeoutMs,
    signal,
  });
  if (answer.status !== 200) {
    throw new AppError('UPSTREAM_FAILED', `the key server answered with status ${answer.status}`);
  }
  const text = new TextDecoder().decode(answer.body);
  if (!isKeySet(text))
    throw new AppError('UPSTREAM_FAILED', 'the answer is not a JSON Web Key Set');
  return text;
}

function isKeySet(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return (
      typeof value === 'object' && value !== null && 'keys' in value && Array.isArray(value.keys)
    );
  } catch {
    return false;
  }
}

function toFailure(error: unknown): AppError {
  const isTimeout = error instanceof AppError && error.code === 'UPSTREAM_TIMEOUT';
  return new AppError(
    isTimeout ? 'UPSTREAM_TIMEOUT' : 'UPSTREAM_FAILED',
    'The keys that verify tokens (AUTH_JWKS_URL) cannot be fetched now.',
    {},
    { cause: error },
  );
}

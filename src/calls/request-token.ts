import { AppError } from '../errors.js';
import type { HttpClient } from '../upstream/http-client.js';
import { requestTokens, type TokenAnswer } from '../upstream/oauth/request-tokens.js';

/** RFC 6749, section 2.3.1: `client_secret_basic` or `client_secret_post`. */
export type ClientAuthentication = 'basic' | 'post';

export type Token = { value: string; expiresInSeconds: number };

export type TokenGrant = {
  clientId: string;
  clientSecret: string;
  tokenUrl: string;
  scopes: string[];
  /** The way that is known to work; null tries Basic, then the body. */
  authentication: ClientAuthentication | null;
  timeoutMs: number;
};

const defaultLifetimeSeconds = 300;

/**
 * One client credentials grant. Redirects are not followed. Throws UPSTREAM_FAILED with the endpoint's error code but none of
 * its words, which may repeat the secret, or what the client throws.
 */
export async function requestToken(
  http: Pick<HttpClient, 'send'>,
  grant: TokenGrant,
): Promise<{ token: Token; authentication: ClientAuthentication }> {
  const first = grant.authentication ?? 'basic';
  const answer = await ask(http, grant, first);
  if (grant.authentication !== null || !refusesClient(answer)) {
    return { token: toToken(answer, grant), authentication: first };
  }
  const second = await ask(http, grant, 'post');
  return { token: toToken(second, grant), authentication: 'post' };
}

function ask(
  http: Pick<HttpClient, 'send'>,
  { clientId, clientSecret, tokenUrl, scopes, timeoutMs }: TokenGrant,
  method: ClientAuthentication,
): Promise<TokenAnswer> {
  return requestTokens(http, {
    tokenUrl,
    client: { id: clientId, secret: clientSecret, method },
    form: { grant_type: 'client_credentials', scope: scopes.join(' ') },
    timeoutMs,
  });
}

/** Servers that look for the client in the body alone call it unknown, or the request incomplete. */
function refusesClient(answer: TokenAnswer): boolean {
  if (answer.kind !== 'refused' || (answer.status !== 400 && answer.status !== 401)) return false;
  const { error } = answer;
  return error === null || error === 'invalid_client' || error === 'invalid_request';
}

function toToken(answer: TokenAnswer, { tokenUrl }: TokenGrant): Token {
  if (answer.kind === 'refused') {
    const { host } = new URL(tokenUrl);
    const code = answer.error === null ? '' : ` (${answer.error})`;
    throw new AppError(
      'UPSTREAM_FAILED',
      `The token endpoint at "${host}" answered with status ${answer.status}${code}.`,
      { host },
    );
  }
  const { accessToken, expiresInSeconds } = answer.tokens;
  return { value: accessToken, expiresInSeconds: expiresInSeconds ?? defaultLifetimeSeconds };
}

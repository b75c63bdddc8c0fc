import { AppError } from '../errors.js';
import type { HttpClient, IncomingResponse } from '../upstream/http-client.js';

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

const maxTokenBytes = 64 * 1024;
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
  const answer = await post(http, grant, first);
  if (grant.authentication !== null || !refusesClient(answer)) {
    return { token: readToken(answer, grant), authentication: first };
  }
  const second = await post(http, grant, 'post');
  return { token: readToken(second, grant), authentication: 'post' };
}

function post(
  http: Pick<HttpClient, 'send'>,
  { clientId, clientSecret, tokenUrl, scopes, timeoutMs }: TokenGrant,
  authentication: ClientAuthentication,
): Promise<IncomingResponse> {
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  if (scopes.length > 0) form.set('scope', scopes.join(' '));
  const headers: Record<string, string> = {
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
  };
  if (authentication === 'basic') {
    const pair = `${formEncode(clientId)}:${formEncode(clientSecret)}`;
    headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
  } else {
    form.set('client_id', clientId);
    form.set('client_secret', clientSecret);
  }
  return http.send({
    url: tokenUrl,
    method: 'POST',
    headers,
    body: form.toString(),
    maxBytes: maxTokenBytes,
    maxRedirects: 0,
    timeoutMs,
  });
}

/** RFC 6749, section 2.3.1 and appendix B. */
function formEncode(text: string): string {
  return new URLSearchParams({ v: text }).toString().slice(2);
}

/** Servers that look for the client in the body alone call it unknown, or the request incomplete. */
function refusesClient({ status, body }: IncomingResponse): boolean {
  if (status !== 400 && status !== 401) return false;
  const code = errorCodeOf(body);
  return code === null || code === 'invalid_client' || code === 'invalid_request';
}

function readToken({ status, body }: IncomingResponse, { tokenUrl }: TokenGrant): Token {
  const host = new URL(tokenUrl).host;
  if (status < 200 || status > 299) {
    const code = errorCodeOf(body);
    throw failed(host, `answered with status ${status}${code === null ? '' : ` (${code})`}`);
  }
  const members = parseObject(body);
  const value = members?.access_token;
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) {
    throw failed(host, 'gave no access token');
  }
  const type = members?.token_type ?? 'bearer';
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') {
    throw failed(host, 'gave a token of another type than Bearer');
  }
  return { value, expiresInSeconds: lifetimeOf(members?.expires_in) };
}

function lifetimeOf(value: unknown): number {
  const seconds = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof seconds !== 'number' || !Number.isFinite(seconds)) return defaultLifetimeSeconds;
  return Math.max(0, seconds);
}

/** RFC 6749, section 5.2; only what has the form of a code, since it is shown. */
function errorCodeOf(body: Uint8Array): string | null {
  const code = parseObject(body)?.error;
  return typeof code === 'string' && /^[a-z_]{1,40}$/.test(code) ? code : null;
}

function parseObject(body: Uint8Array): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? Object.fromEntries(Object.entries(value)) : null;
  } catch {
    return null;
  }
}

function failed(host: string, what: string): AppError {
  return new AppError('UPSTREAM_FAILED', `The token endpoint at "${host}" ${what}.`, { host });
}

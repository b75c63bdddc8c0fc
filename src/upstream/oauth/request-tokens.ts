import { AppError } from '../../errors.js';
import type { HttpClient, IncomingResponse } from '../http-client.js';
import { authenticateClient, type OauthClient } from './client-authentication.js';
import { readJsonObject } from './read-json-object.js';

export type TokenRequest = {
  tokenUrl: string;
  client: OauthClient;
  /** `grant_type` and what goes with it; empty values are left out. */
  form: Record<string, string>;
  /** Whom a client assertion is for; the token endpoint unless told. */
  audience?: string;
  timeoutMs: number;
};

export type IssuedTokens = {
  accessToken: string;
  /** Null where the answer does not say. */
  expiresInSeconds: number | null;
  refreshToken: string | null;
  /** Null where the answer does not say: what was asked for was given (RFC 6749, section 5.1). */
  scope: string | null;
};

/** `refused`: the endpoint understood and said no (RFC 6749, section 5.2); asking the same again gives the same. */
export type TokenAnswer =
  | { kind: 'issued'; tokens: IssuedTokens }
  | { kind: 'refused'; status: number; error: string | null };

const maxTokenBytes = 256 * 1024;

/**
 * One request to a token endpoint. Redirects are not followed. Throws UPSTREAM_FAILED for an answer that says neither yes
 * nor no (a server error, too many requests, something else than tokens), or what the client throws; with none of the
 * endpoint's words, which may repeat a secret.
 */
export async function requestTokens(
  http: Pick<HttpClient, 'send'>,
  { tokenUrl, client, form: fields, audience = tokenUrl, timeoutMs }: TokenRequest,
): Promise<TokenAnswer> {
  const form = new URLSearchParams(Object.entries(fields).filter(([, value]) => value !== ''));
  const headers: Record<string, string> = {
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
  };
  await authenticateClient(client, { form, headers, audience });
  const answer = await http.send({
    url: tokenUrl,
    method: 'POST',
    headers,
    body: form.toString(),
    maxBytes: maxTokenBytes,
    maxRedirects: 0,
    timeoutMs,
  });
  return readAnswer(answer, new URL(tokenUrl).host);
}

function readAnswer({ status, body }: IncomingResponse, host: string): TokenAnswer {
  const members = readJsonObject(body);
  const error = errorCodeOf(members);
  if (status >= 200 && status < 300 && error === null) {
    return { kind: 'issued', tokens: readTokens(members, host) };
  }
  // Some providers refuse with status 200; other statuses without a code come from what stands before the endpoint.
  const isRefusal = error === null ? [400, 401, 403].includes(status) : status < 500;
  if (isRefusal && status !== 429 && !isTemporaryCode(error)) {
    return { kind: 'refused', status, error };
  }
  throw failed(host, `answered with status ${status}${error === null ? '' : ` (${error})`}`);
}

function isTemporaryCode(error: string | null): boolean {
  return error === 'temporarily_unavailable' || error === 'server_error' || error === 'slow_down';
}

function readTokens(members: Record<string, unknown> | null, host: string): IssuedTokens {
  const value = members?.access_token;
  if (typeof value !== 'string' || !isToken(value)) throw failed(host, 'gave no access token');
  const type = members?.token_type ?? 'bearer';
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') {
    throw failed(host, 'gave a token of another type than Bearer');
  }
  const refresh = members?.refresh_token;
  return {
    accessToken: value,
    expiresInSeconds: lifetimeOf(members?.expires_in),
    refreshToken: typeof refresh === 'string' && refresh !== '' ? refresh : null,
    scope: typeof members?.scope === 'string' ? members.scope : null,
  };
}

function isToken(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

function lifetimeOf(value: unknown): number | null {
  const seconds = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof seconds !== 'number' || !Number.isFinite(seconds)) return null;
  return Math.max(0, seconds);
}

/** RFC 6749, section 5.2; only what has the form of a code, since it is shown. */
function errorCodeOf(members: Record<string, unknown> | null): string | null {
  const code = members?.error;
  return typeof code === 'string' && /^[a-z_]{1,40}$/.test(code) ? code : null;
}

function failed(host: string, what: string): AppError {
  return new AppError('UPSTREAM_FAILED', `The token endpoint at "${host}" ${what}.`, { host });
}

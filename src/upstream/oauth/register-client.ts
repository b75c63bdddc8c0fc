import { AppError } from '../../errors.js';
import type { HttpClient } from '../http-client.js';
import type { ClientMethod, OauthClient } from './client-authentication.js';
import { readJsonObject } from './read-json-object.js';
import { textOf } from './read-metadata.js';

const methodsByName: Record<string, ClientMethod> = {
  client_secret_basic: 'basic',
  client_secret_post: 'post',
  private_key_jwt: 'private_key_jwt',
  none: 'none',
};

/** The methods of `token_endpoint_auth_methods_supported` that are known here. */
export function toClientMethods(names: readonly string[]): ClientMethod[] {
  return names.flatMap((name) => methodsByName[name] ?? []);
}

/**
 * Registers a client (RFC 7591). `metadata` is what RFC 7591, section 2 calls client metadata. Throws UPSTREAM_FAILED when
 * the server refuses or answers something else than a client.
 */
export async function registerClient(
  { http, timeoutMs }: { http: Pick<HttpClient, 'send'>; timeoutMs: number },
  url: string,
  metadata: Record<string, unknown>,
): Promise<OauthClient> {
  const { status, body } = await http.send({
    url,
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify(metadata),
    maxBytes: 256 * 1024,
    maxRedirects: 0,
    timeoutMs,
  });
  const { host } = new URL(url);
  const client = readJsonObject(body);
  const id = textOf(client?.client_id);
  if ((status !== 200 && status !== 201) || !client || id === null) {
    throw new AppError(
      'UPSTREAM_FAILED',
      `The authorization server at "${host}" registered no client for us (status ${status}). Give a client id instead.`,
      { host, status },
    );
  }
  return toClient(id, client, textOf(metadata.token_endpoint_auth_method));
}

/** What the server says it registered counts, which may differ from what was asked for (RFC 7591, section 3.2.1). */
function toClient(id: string, answer: Record<string, unknown>, asked: string | null): OauthClient {
  const secret = textOf(answer.client_secret);
  const named = methodsByName[textOf(answer.token_endpoint_auth_method) ?? asked ?? ''];
  if (secret === null) return { id, secret, method: 'none' };
  return { id, secret, method: named === 'post' || named === 'none' ? named : 'basic' };
}

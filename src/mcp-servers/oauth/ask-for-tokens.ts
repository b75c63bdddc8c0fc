import type { HttpClient } from '../../upstream/http-client.js';
import type { ClientMethod, OauthClient } from '../../upstream/oauth/client-authentication.js';
import { isPrivateKey } from '../../upstream/oauth/client-authentication.js';
import { requestTokens, type TokenAnswer } from '../../upstream/oauth/request-tokens.js';

export type TokenQuestion = {
  tokenUrl: string;
  client: OauthClient;
  /** Whether the server said which way of authentication it takes; where it did not, the other one is tried too. */
  isMethodKnown: boolean;
  form: Record<string, string>;
  /** The issuer, where it is known. */
  audience?: string;
  timeoutMs: number;
};

/** Asks a token endpoint; tells which way of client authentication was used last. */
export async function askForTokens(
  http: Pick<HttpClient, 'send'>,
  { isMethodKnown, ...question }: TokenQuestion,
): Promise<{ answer: TokenAnswer; method: ClientMethod }> {
  const { client } = question;
  const answer = await requestTokens(http, question);
  const isSecret = client.secret !== null && !isPrivateKey(client.secret);
  if (isMethodKnown || !isSecret || !refusesClient(answer)) {
    return { answer, method: client.method };
  }
  const method = client.method === 'basic' ? 'post' : 'basic';
  return {
    answer: await requestTokens(http, { ...question, client: { ...client, method } }),
    method,
  };
}

/** Servers that look for the client elsewhere call it unknown, or the request incomplete: no grant was used up. */
function refusesClient(answer: TokenAnswer): boolean {
  if (answer.kind !== 'refused') return false;
  return (
    answer.error === null || answer.error === 'invalid_client' || answer.error === 'invalid_request'
  );
}

import type { Credential } from './credential.js';

/**
 * Every text of an API's credentials and stored headers that nobody may read: keys, tokens, passwords, and of a header such as
 * `Basic …` also what stands in it.
 */
export function secretsOf({
  credentials,
  storedHeaders,
}: {
  credentials: ReadonlyMap<string, Credential>;
  storedHeaders: Record<string, string>;
}): string[] {
  const found = [
    ...[...credentials.values()].flatMap(secretsOfCredential),
    ...Object.values(storedHeaders).flatMap(secretsOfHeader),
  ];
  return [...new Set(found)].filter((secret) => secret !== '');
}

function secretsOfCredential({
  kind,
  value,
  username,
  password,
  clientId,
  clientSecret,
}: Credential): string[] {
  const texts = [value, password, clientSecret].filter((text) => text !== undefined);
  if (kind === 'basic') texts.push(base64(`${username ?? ''}:${password ?? ''}`));
  if (clientSecret !== undefined) texts.push(base64(`${clientId ?? ''}:${clientSecret}`));
  return texts.flatMap(secretsOfHeader);
}

/** RFC 9110, section 11.4: a scheme, a space, and the credential. */
function secretsOfHeader(value: string): string[] {
  const [, scheme, token] = /^([\w-]{1,20}) +(\S+)$/.exec(value) ?? [];
  if (scheme === undefined || token === undefined) return [value];
  if (scheme.toLowerCase() !== 'basic') return [value, token];
  const password = Buffer.from(token, 'base64').toString().split(':').slice(1).join(':');
  return [value, token, password];
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

import { createPrivateKey, type KeyObject, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { AppError } from '../../errors.js';

/**
 * How a client proves who it is at a token endpoint: `client_secret_basic`, `client_secret_post` (RFC 6749, section
 * 2.3.1), `private_key_jwt` (RFC 7523, section 2.2), or `none` for a public client.
 */
export type ClientMethod = 'basic' | 'post' | 'private_key_jwt' | 'none';

export type OauthClient = {
  /** Empty for a client that the server does not ask to name itself. */
  id: string;
  /** A secret, or a private key (PEM or JWK) for `private_key_jwt`; null with `none`. */
  secret: string | null;
  method: ClientMethod;
};

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const assertionSeconds = 60;

/** Puts the client onto a token request. `audience` is whom an assertion is for: the issuer, or the token endpoint. */
export async function authenticateClient(
  { id, secret, method }: OauthClient,
  request: { form: URLSearchParams; headers: Record<string, string>; audience: string },
): Promise<void> {
  const { form, headers, audience } = request;
  if (method === 'basic') {
    const pair = `${formEncode(id)}:${formEncode(secret ?? '')}`;
    headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
    return;
  }
  if (id !== '') form.set('client_id', id);
  if (method === 'post') form.set('client_secret', secret ?? '');
  if (method === 'private_key_jwt') {
    form.set('client_assertion_type', assertionType);
    form.set('client_assertion', await signAssertion({ id, key: secret ?? '', audience }));
  }
}

/** Whether a client secret is a private key, so that it signs and is never sent. */
export function isPrivateKey(secret: string): boolean {
  if (secret.includes('-----BEGIN')) return true;
  return toJwk(secret) !== null;
}

async function signAssertion({
  id,
  key,
  audience,
}: {
  id: string;
  key: string;
  audience: string;
}): Promise<string> {
  const privateKey = readPrivateKey(key);
  const kid = toJwk(key)?.kid;
  return new SignJWT()
    .setProtectedHeader({
      alg: algorithmOf(privateKey),
      ...(typeof kid === 'string' && { kid }),
    })
    .setIssuer(id)
    .setSubject(id)
    .setAudience(audience)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime(`${assertionSeconds}s`)
    .sign(privateKey);
}

function readPrivateKey(text: string): KeyObject {
  try {
    const jwk = toJwk(text);
    return jwk ? createPrivateKey({ key: jwk, format: 'jwk' }) : createPrivateKey(text);
  } catch {
    throw new AppError(
      'NOT_CONFIGURED',
      'The private key of the OAuth client cannot be read: PKCS #8 (PEM) or a JWK was expected.',
    );
  }
}

/** RFC 7518, section 3.1: the algorithm that goes with a key. */
function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  if (asymmetricKeyType === 'ed25519') return 'EdDSA';
  if (asymmetricKeyType === 'rsa') return 'RS256';
  const byCurve: Record<string, string> = {
    prime256v1: 'ES256',
    secp384r1: 'ES384',
    secp521r1: 'ES512',
  };
  const algorithm = byCurve[asymmetricKeyDetails?.namedCurve ?? ''];
  if (algorithm) return algorithm;
  throw new AppError(
    'NOT_CONFIGURED',
    'The private key of the OAuth client is of a kind that signs no token: RSA, P-256, P-384, P-521 or Ed25519 was expected.',
  );
}

function toJwk(text: string): (Record<string, unknown> & { d: string }) | null {
  if (!text.trimStart().startsWith('{')) return null;
  try {
    const value: unknown = JSON.parse(text);
    const isKey =
      typeof value === 'object' &&
      value !== null &&
      'kty' in value &&
      'd' in value &&
      typeof value.d === 'string';
    return isKey ? { ...value, d: String(value.d) } : null;
  } catch {
    return null;
  }
}

/** RFC 6749, section 2.3.1 and appendix B. */
function formEncode(text: string): string {
  return new URLSearchParams({ v: text }).toString().slice(2);
}

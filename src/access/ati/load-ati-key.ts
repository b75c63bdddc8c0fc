import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { AppError } from '../../errors.js';

/** What verifies the proxy's tokens. */
export type AtiKey =
  | { algorithm: 'HS256'; key: Uint8Array; jwks: null }
  | { algorithm: 'ES256'; key: KeyObject; jwks: Record<string, unknown> };

const keyId = 'ati-proxy-1';

/** The key as it was configured; null without one. Throws INVALID_INPUT for a file that is not there or holds no P-256 public key. */
export async function loadAtiKey(
  publicKey: string | null,
  secret: string | null,
): Promise<AtiKey | null> {
  if (publicKey !== null) return toEcKey(await readPem(publicKey));
  return secret === null
    ? null
    : { algorithm: 'HS256', key: Buffer.from(secret, 'hex'), jwks: null };
}

/** The variable has a path, or the PEM itself. */
async function readPem(given: string): Promise<string> {
  if (given.startsWith('-----BEGIN')) return given.replaceAll('\\n', '\n');
  try {
    return await readFile(given, 'utf8');
  } catch (cause) {
    throw refusal(`names a file that cannot be read: "${given}"`, cause);
  }
}

function toEcKey(pem: string): AtiKey {
  if (pem.includes('PRIVATE KEY')) throw refusal('leads to a private key: give the public half');
  const key = parseKey(pem);
  const { namedCurve } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType !== 'ec' || namedCurve !== 'prime256v1') {
    throw refusal('must lead to an EC key on the curve P-256, as ES256 needs');
  }
  const { kty, crv, x, y } = key.export({ format: 'jwk' });
  const jwk = { kty, crv, x, y, use: 'sig', alg: 'ES256', kid: keyId };
  return { algorithm: 'ES256', key, jwks: { keys: [jwk] } };
}

function parseKey(pem: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch (cause) {
    throw refusal('must lead to a public key as PEM (-----BEGIN PUBLIC KEY-----)', cause);
  }
}

function refusal(problem: string, cause?: unknown): AppError {
  const issues = [{ path: ['ATI_JWT_PUBLIC_KEY'], message: problem, code: 'custom' }];
  return new AppError('INVALID_INPUT', `ATI_JWT_PUBLIC_KEY ${problem}.`, { issues }, { cause });
}

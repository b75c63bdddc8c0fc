import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

/** The two halves of a Fernet key (Fernet spec, "Key Format"). */
export type FernetKey = { readonly signing: Buffer; readonly encryption: Buffer };

const version = 0x80;
const ivOffset = 9;
const cipherOffset = 25;
const hmacBytes = 32;
const blockBytes = 16;
const clockSkewSeconds = 60;

/** A key from its text form: 32 bytes in url-safe base64, padded (44 characters). Null when it is not that. */
export function parseFernetKey(text: string): FernetKey | null {
  if (!/^[A-Za-z0-9_-]{43}=$/.test(text)) return null;
  const bytes = Buffer.from(text, 'base64url');
  return { signing: bytes.subarray(0, 16), encryption: bytes.subarray(16) };
}

/** A new random key in its text form. */
export function generateFernetKey(): string {
  return toPaddedBase64Url(randomBytes(32));
}

/**
 * Seals bytes into a Fernet token (Fernet spec, "Generating").
 * `at` and `iv` exist for the published vectors; leave them out otherwise.
 */
export function sealFernet(
  key: FernetKey,
  plain: Uint8Array,
  { at = new Date(), iv = randomBytes(blockBytes) }: { at?: Date; iv?: Uint8Array } = {},
): string {
  const head = Buffer.alloc(ivOffset);
  head.writeUInt8(version, 0);
  head.writeBigUInt64BE(BigInt(Math.floor(at.getTime() / 1000)), 1);
  const cipher = createCipheriv('aes-128-cbc', key.encryption, iv);
  const signed = Buffer.concat([head, iv, cipher.update(plain), cipher.final()]);
  return toPaddedBase64Url(Buffer.concat([signed, sign(key, signed)]));
}

/**
 * Opens a Fernet token (Fernet spec, "Verifying"). Null when it is malformed, sealed under another key, changed,
 * or, where `ttlSeconds` is given, older than that or more than 60 seconds ahead of `now`.
 */
export function openFernet(
  key: FernetKey,
  token: string,
  { ttlSeconds, now = new Date() }: { ttlSeconds?: number; now?: Date } = {},
): Buffer | null {
  const bytes = fromPaddedBase64Url(token);
  if (!bytes || bytes.length < cipherOffset + blockBytes + hmacBytes) return null;
  if (bytes[0] !== version) return null;
  if (ttlSeconds !== undefined && !isFresh(bytes.readBigUInt64BE(1), ttlSeconds, now)) return null;
  const signed = bytes.subarray(0, -hmacBytes);
  if (!timingSafeEqual(sign(key, signed), bytes.subarray(-hmacBytes))) return null;
  return decrypt(key, signed.subarray(ivOffset, cipherOffset), signed.subarray(cipherOffset));
}

function isFresh(sealedAt: bigint, ttlSeconds: number, now: Date): boolean {
  const age = Math.floor(now.getTime() / 1000) - Number(sealedAt);
  return age <= ttlSeconds && age >= -clockSkewSeconds;
}

function decrypt(key: FernetKey, iv: Buffer, cipherText: Buffer): Buffer | null {
  if (cipherText.length % blockBytes !== 0) return null;
  const decipher = createDecipheriv('aes-128-cbc', key.encryption, iv);
  try {
    return Buffer.concat([decipher.update(cipherText), decipher.final()]);
  } catch {
    return null;
  }
}

function sign(key: FernetKey, bytes: Uint8Array): Buffer {
  return createHmac('sha256', key.signing).update(bytes).digest();
}

function toPaddedBase64Url(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

function fromPaddedBase64Url(text: string): Buffer | null {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9_-]*={0,2}$/.test(text)) return null;
  return Buffer.from(text, 'base64url');
}

import { AppError } from '../errors.js';
import { type FernetKey, openFernet, parseFernetKey, sealFernet } from './fernet.js';
import type { Sealer } from './sealer.js';

/**
 * A sealer over a ring of Fernet keys in text form: the first seals, all open.
 * Throws INVALID_INPUT for an empty ring or a text that is no Fernet key.
 */
export function createSealer(keys: readonly string[]): Sealer {
  const [first, ...others] = keys.map(toKey);
  if (!first) {
    throw new AppError('INVALID_INPUT', 'Credentials need at least one Fernet key to seal with.');
  }
  const ring = [first, ...others];
  return {
    seal: (secret) => sealFernet(first, Buffer.from(secret)),
    open: (token) => {
      for (const key of ring) {
        const opened = openFernet(key, token);
        if (opened) return opened.toString();
      }
      throw new AppError('INTERNAL', 'A stored secret does not open under any key of the ring.');
    },
    isCurrent: (token) => openFernet(first, token) !== null,
  };
}

function toKey(text: string, index: number): FernetKey {
  const key = parseFernetKey(text);
  if (!key) {
    throw new AppError(
      'INVALID_INPUT',
      `Credential key ${index + 1} is not a Fernet key: 32 bytes in url-safe base64 (44 characters).`,
    );
  }
  return key;
}

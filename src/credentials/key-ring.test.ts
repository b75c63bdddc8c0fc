import { describe, expect, it } from 'vitest';
import { generateFernetKey } from './fernet.js';
import { createSealer } from './key-ring.js';

const [oldKey, newKey] = [generateFernetKey(), generateFernetKey()];

describe('createSealer', () => {
  it('opens what any key of the ring sealed, and seals under the first', () => {
    const token = createSealer([oldKey]).seal('Bearer ü');
    const ring = createSealer([newKey, oldKey]);
    expect(ring.open(token)).toBe('Bearer ü');
    expect(ring.isCurrent(token)).toBe(false);
    const renewed = ring.seal(ring.open(token));
    expect(ring.isCurrent(renewed)).toBe(true);
    expect(createSealer([newKey]).open(renewed)).toBe('Bearer ü');
  });

  it('refuses a token of a key outside the ring without repeating it', () => {
    const token = createSealer([oldKey]).seal('x');
    expect(() => createSealer([newKey]).open(token)).toThrow(
      expect.objectContaining({ code: 'INTERNAL', message: expect.not.stringContaining(token) }),
    );
  });

  it('refuses an empty ring and tells which key is none', () => {
    expect(() => createSealer([])).toThrow(/at least one Fernet key/);
    expect(() => createSealer([newKey, 'secret-text'])).toThrow(/^Credential key 2 is not/);
  });
});

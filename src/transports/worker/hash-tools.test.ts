import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashTool, hashTools } from './read-catalog.js';

const schema = {
  type: 'object',
  properties: { limit: { type: 'integer', minimum: 1 }, name: { type: 'string' } },
  required: ['name'],
};

describe('the hash of a tool', () => {
  // Other programs and older processes hold the same hashes: a change here makes everything stale once.
  it('is the same on every platform and in every process', () => {
    expect(hashTool('list_pets', schema)).toBe(
      'f0a10dab19d88c5777f14d1f43ed408e64a6d6a47af1dc2a8462fa6fb517ad5e',
    );
    expect(hashTools(['b', 'a'])).toBe(
      '7e18f737311b2dc3b2f269dd78396b0351f14fb66efa879f768cb23181883c78',
    );
  });

  it('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), (value) => {
        expect(hashTool('t', reversed(value) as object as typeof schema)).toBe(
          hashTool('t', value as object as typeof schema),
        );
      }),
    );
  });

  it('does not depend on the order of tools', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (hashes) => {
        expect(hashTools(hashes.toReversed())).toBe(hashTools(hashes));
      }),
    );
  });

  it.each<[string, string, object]>([
    ['the name', 'list_pet', schema],
    ['a type', 'list_pets', { ...schema, properties: { ...schema.properties, name: {} } }],
    ['the order of a list', 'list_pets', { ...schema, required: ['limit', 'name'] }],
    ['another input', 'list_pets', { ...schema, properties: {} }],
  ])('changes with %s', (_, name, changed) => {
    expect(hashTool(name, changed as typeof schema)).not.toBe(hashTool('list_pets', schema));
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, part]) => [key, reversed(part)]));
}

import { describe, expect, it } from 'vitest';
import type { JsonSchema } from '../openapi/types.js';
import { secretArguments } from './secret-arguments.js';

const secret = { type: 'string', writeOnly: true };
const password = { type: 'string', format: 'password' };

describe('secrets among arguments', () => {
  it.each<[string, JsonSchema, unknown, string[]]>([
    ['writeOnly', object({ a: secret, b: {} }), { a: 'x', b: 'y' }, ['x']],
    ['format: password', object({ a: password }), { a: 'x' }, ['x']],
    ['a whole object', object({ a: { writeOnly: true } }), { a: { b: 'x', c: ['y'] } }, ['x', 'y']],
    ['items', object({ a: { items: secret } }), { a: ['x', 'y'] }, ['x', 'y']],
    ['prefixItems', object({ a: { prefixItems: [{}, secret] } }), { a: ['x', 'y', 'z'] }, ['y']],
    ['any other member', { additionalProperties: secret }, { a: 'x' }, ['x']],
    ['an alternative', object({ a: { anyOf: [{}, { oneOf: [secret] }] } }), { a: 'x' }, ['x']],
    ['all of them', { allOf: [object({ a: secret })] }, { a: 'x' }, ['x']],
    [
      'a definition',
      { ...object({ a: { $ref: '#/$defs/b~1c' } }), $defs: { 'b/c': password } },
      { a: 'x' },
      ['x'],
    ],
    ['nothing said', object({ a: {} }), { a: 'x' }, []],
    ['no text', object({ a: secret, b: secret }), { a: 5, b: '' }, []],
    ['no such argument', object({ a: secret }), {}, []],
    ['what all objects have', object({}), { constructor: 'x', toString: 'y' }, []],
    ['no arguments', object({ a: secret }), null, []],
  ])('are found under %s', (_, schema, args, expected) => {
    expect(secretArguments(schema, args)).toEqual(expected);
  });

  it('are looked for in schemas that contain themselves', () => {
    const node = { properties: { next: { $ref: '#/$defs/node' }, key: secret } };
    const schema = { $ref: '#/$defs/node', $defs: { node, loop: { $ref: '#/$defs/loop' } } };
    expect(secretArguments(schema, { key: 'x', next: { next: { key: 'y' } } })).toEqual(['x', 'y']);
    const around = { anyOf: [{ $ref: '#/$defs/a' }, { $ref: '#/$defs/a' }] };
    const hostile = { $ref: '#/$defs/a', $defs: { a: around } };
    expect(secretArguments(hostile, { key: 'x' })).toEqual([]);
  });
});

function object(properties: Record<string, object>): JsonSchema {
  return { type: 'object', properties } as JsonSchema;
}

import { describe, expect, it } from 'vitest';
import { readToolSchema } from './read-tool-schema.js';

const withField = (field: unknown) => ({ type: 'object', properties: { a: field } });

describe('what is sound', () => {
  it.each<[string, Record<string, unknown>]>([
    ['no word at all', { type: 'object' }],
    ['definitions that hold each other', { type: 'object', $defs: { a: { $ref: '#/$defs/a' } } }],
    [
      'the definitions of older drafts',
      { ...withField({ $ref: '#/definitions/x~1y' }), definitions: { 'x/y': {} } },
    ],
    ['an anchor', { ...withField({ $ref: '#x' }), $defs: { x: { $anchor: 'x' } } }],
    [
      'a property that is called $ref',
      { type: 'object', properties: { $ref: { type: 'string' } } },
    ],
    ['data that looks like a reference', withField({ default: { $ref: 'http://example.com' } })],
    [
      'a property that is called __proto__',
      JSON.parse('{"type":"object","properties":{"__proto__":{"type":"string"}}}'),
    ],
  ])('stays as it is: %s', (_name, schema) => {
    expect(readToolSchema(schema)).toEqual({ schema });
  });

  it('is an object where it does not say so, and has no address of its own', () => {
    const raw = {
      $schema: 'http://json-schema.org/draft-07/schema#',
      $id: 'https://example.com/x',
    };
    expect(readToolSchema(raw)).toEqual({ schema: { type: 'object' } });
  });

  it('says tuples in the words of today', () => {
    const items = [{ type: 'string' }, { items: [{ type: 'number' }] }];
    expect(readToolSchema(withField({ items, additionalItems: { type: 'null' } }))).toEqual({
      schema: withField({
        prefixItems: [{ type: 'string' }, { prefixItems: [{ type: 'number' }] }],
        items: { type: 'null' },
      }),
    });
  });
});

describe('what is not sound', () => {
  let deep: Record<string, unknown> = {};
  for (let level = 0; level < 200; level += 1) deep = { items: deep };

  it.each<[Record<string, unknown>, RegExp]>([
    [{ type: 'array' }, /type "array" at its root/],
    [{ type: ['object', 'null'] }, /at its root/],
    [withField({ type: 'text' }), /no JSON Schema: \/properties\/a/],
    [{ type: 'object', required: 'a' }, /no JSON Schema: \/required/],
    [withField({ pattern: '[' }), /pattern at \/properties\/a\/pattern/],
    [{ type: 'object', patternProperties: { '(': {} } }, /no regular expression/],
    [withField({ $ref: '#/$defs/a' }), /"#\/\$defs\/a", which it does not hold/],
    [withField({ $ref: '#/required' }), /does not hold/],
    [withField({ $ref: 'other.json' }), /"other\.json"/],
    [withField({ $ref: 'https://10.0.0.1/x' }), /10\.0\.0\.1/],
    [withField({ $dynamicRef: '#nowhere' }), /#nowhere/],
    [withField(deep), /nested more than 100 levels/],
  ])('is told: %j', (schema, problem) => {
    expect(readToolSchema(schema)).toEqual({ problem: expect.stringMatching(problem) });
  });
});

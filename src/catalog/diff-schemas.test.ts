import { describe, expect, it } from 'vitest';
import type { JsonSchema } from '../openapi/types.js';
import { diffSchemas } from './diff-schemas.js';

const object = (properties: Record<string, unknown>, rest: JsonSchema = {}): JsonSchema => ({
  type: 'object',
  properties,
  additionalProperties: false,
  ...rest,
});

describe('what widens or stays is no difference', () => {
  it.each<[string, JsonSchema, JsonSchema]>([
    ['the same schema', object({ a: { type: 'string' } }), object({ a: { type: 'string' } })],
    [
      'another description',
      { type: 'string', description: 'a' },
      { type: 'string', description: 'b' },
    ],
    ['a new optional property', object({}), object({ a: { type: 'string' } })],
    ['a property that is optional now', object({ a: {} }, { required: ['a'] }), object({ a: {} })],
    ['a wider type', { type: 'integer' }, { type: ['integer', 'null'] }],
    ['integers taken as numbers', { type: 'integer' }, { type: 'number' }],
    ['a longer enum', { enum: ['a'] }, { enum: ['a', 'b'] }],
    ['an enum that is free now', { type: 'string', enum: ['a'] }, { type: 'string' }],
    ['a looser bound', { type: 'string', maxLength: 5 }, { type: 'string', maxLength: 9 }],
    ['a bound of zero that says nothing', { type: 'string' }, { type: 'string', minLength: 0 }],
    ['anything at all', { type: 'string' }, {}],
    [
      'a further alternative',
      { anyOf: [{ type: 'string' }] },
      { anyOf: [{ type: 'string' }, { type: 'null' }] },
    ],
    [
      'an alternative around it',
      { type: 'string' },
      { anyOf: [{ type: 'string' }, { type: 'null' }] },
    ],
  ])('%s', (_, before, after) => {
    expect(diffSchemas(before, after)).toEqual([]);
  });
});

describe('what narrows is named with its place', () => {
  it.each<[string, JsonSchema, JsonSchema, string]>([
    [
      'a new required property',
      object({}),
      object({ a: {} }, { required: ['a'] }),
      '/a is required now',
    ],
    ['a property that is gone', object({ a: {} }), object({}), '/a does not exist any more'],
    [
      'a narrower type',
      object({ a: { type: ['string', 'null'] } }),
      object({ a: { type: 'string' } }),
      '/a takes string now, not null',
    ],
    [
      'a type where any was taken',
      {},
      { type: 'string' },
      '/ took any type and takes only string now',
    ],
    ['a shorter enum', { enum: ['a', 'b'] }, { enum: ['a'] }, '/ does not take "b" any more'],
    [
      'a new enum',
      { type: 'string' },
      { type: 'string', enum: ['a'] },
      '/ takes only listed values now',
    ],
    ['a tighter bound', { maxLength: 9 }, { maxLength: 5 }, '/ maxLength is 5 now'],
    ['a new minimum', { type: 'integer' }, { type: 'integer', minimum: 0 }, '/ minimum is 0 now'],
    [
      'a new pattern',
      { type: 'string' },
      { type: 'string', pattern: '^a' },
      '/ pattern is "^a" now',
    ],
    [
      'deep in an array',
      { items: object({ a: {} }) },
      { items: object({}) },
      '/*/a does not exist any more',
    ],
    [
      'an object that is closed now',
      { type: 'object' },
      { type: 'object', additionalProperties: false },
      '/ takes no further properties any more',
    ],
    [
      'an alternative that is gone',
      { anyOf: [{ type: 'string' }, { type: 'null' }] },
      { anyOf: [{ type: 'string' }] },
      '/ anyOf does not cover what it did',
    ],
    ['a key with a slash', object({ 'a/b': {} }), object({}), '/a~1b does not exist any more'],
  ])('%s', (_, before, after, sentence) => {
    expect(diffSchemas(before, after)).toEqual([sentence]);
  });
});

it('follows references and ends on cycles', () => {
  const tree = (leaf: JsonSchema): JsonSchema => ({
    ...object({ root: { $ref: '#/$defs/Node' } }),
    $defs: { Node: object({ leaf, children: { type: 'array', items: { $ref: '#/$defs/Node' } } }) },
  });
  expect(diffSchemas(tree({ type: 'string' }), tree({ type: 'string' }))).toEqual([]);
  expect(diffSchemas(tree({ type: 'string' }), tree({ type: 'integer' }))).toEqual([
    '/root/leaf takes integer now, not string',
  ]);
});

it('names at most twenty differences', () => {
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`p${index}`, {}]));
  expect(diffSchemas(object(many), object({}))).toHaveLength(20);
});

import { describe, expect, it } from 'vitest';
import { AppError, type InputIssue } from '../errors.js';
import type { JsonSchema } from '../openapi/types.js';
import { createArgumentChecker } from './check-arguments.js';

function endpointOf(properties: Record<string, unknown>, rest: JsonSchema = {}) {
  const inputSchema = { type: 'object', properties, additionalProperties: false, ...rest };
  return { id: 'e', contractHash: 'h', name: 'listPets', inputSchema };
}

function issuesOf(properties: Record<string, unknown>, args: unknown, rest: JsonSchema = {}) {
  try {
    createArgumentChecker().check(endpointOf(properties, rest), args);
  } catch (error) {
    if (error instanceof AppError && error.code === 'INVALID_INPUT') {
      return error.details.issues as InputIssue[];
    }
    throw error;
  }
  return [];
}

const sentencesOf = (...given: Parameters<typeof issuesOf>) =>
  issuesOf(...given).map(({ message }) => message);

describe('a wrong argument', () => {
  const pet = { type: 'object', required: ['name'], properties: { name: { type: 'string' } } };
  const cat = {
    type: 'object',
    required: ['kind', 'lives'],
    properties: { kind: { const: 'cat' }, lives: { type: 'integer' } },
  };
  const dog = {
    type: 'object',
    required: ['kind', 'owner'],
    properties: { kind: { enum: ['dog'] }, owner: { $ref: '#/$defs/owner' } },
  };
  const owner = { type: 'object', properties: { age: { type: 'integer' } } };
  const animals = { $defs: { cat, dog, owner } };
  const animal = { oneOf: [{ $ref: '#/$defs/cat' }, { $ref: '#/$defs/dog' }] };

  it.each<[string, Record<string, unknown>, unknown, string[], JsonSchema?]>([
    [
      'a type',
      { limit: { type: 'integer' } },
      { limit: 'ten' },
      ['/limit must be an integer, got "ten".'],
    ],
    [
      'a number that JSON cannot say',
      { limit: { type: 'integer' }, ratio: { type: 'number' } },
      JSON.parse('{"limit": 1e999, "ratio": -1e999}'),
      ['/limit must be an integer, got Infinity.', '/ratio must be a number, got -Infinity.'],
    ],
    [
      'a type without conversion',
      { limit: { type: 'integer' } },
      { limit: '10' },
      ['/limit must be an integer, got "10".'],
    ],
    [
      'several types',
      { a: { type: ['string', 'null'] } },
      { a: 1 },
      ['/a must be a string or null, got 1.'],
    ],
    [
      'null for an optional one',
      { a: { type: 'string' } },
      { a: null },
      ['/a must be a string, got null. Leave it out instead.'],
    ],
    [
      'null for a required one',
      { a: { type: 'string' } },
      { a: null },
      ['/a must be a string, got null.'],
      { required: ['a'] },
    ],
    ['a missing one', { a: {} }, {}, ['/a is missing. It is required.'], { required: ['a'] }],
    [
      'a missing one, described',
      { a: { description: 'Which pet' } },
      {},
      ['/a is missing. It is required: "Which pet".'],
      { required: ['a'] },
    ],
    [
      'one that another needs',
      { a: {}, b: {} },
      { a: 1 },
      ['/b is missing. It is required together with /a.'],
      { dependentRequired: { a: ['b'] } },
    ],
    [
      'an unknown one, with the nearest',
      { limit: {}, status: {} },
      { limt: 1 },
      ['/limt is not known. Did you mean "limit"?'],
    ],
    [
      'an unknown one, with all',
      { limit: {}, status: {} },
      { xyzzy: 1 },
      ['/xyzzy is not known. Expected limit, status.'],
    ],
    [
      'an unknown one where there are none',
      {},
      { a: 1 },
      ['/a is not known. Nothing is expected here.'],
    ],
    [
      'an enum',
      { kind: { enum: ['a', 'b'] } },
      { kind: 'c' },
      ['/kind must be one of "a", "b", got "c".'],
    ],
    ['a const', { kind: { const: 1 } }, { kind: 2 }, ['/kind must be 1, got 2.']],
    ['a bound', { n: { maximum: 10 } }, { n: 11 }, ['/n must be <= 10, got 11.']],
    [
      'a length',
      { s: { minLength: 2 } },
      { s: 'x' },
      ['/s must not have fewer than 2 characters, got "x".'],
    ],
    [
      'a pattern',
      { s: { type: 'string', pattern: '^a+$' } },
      { s: 'b' },
      ['/s must match the pattern ^a+$, got "b".'],
    ],
    [
      'a format',
      { d: { type: 'string', format: 'date' } },
      { d: 'today' },
      ['/d must be a date such as 2026-01-31, got "today".'],
    ],
    ['a place deep inside', { pet }, { pet: { name: 1 } }, ['/pet/name must be a string, got 1.']],
    [
      'a name that a pointer escapes',
      { 'a/b~': { type: 'string' } },
      { 'a/b~': 1 },
      ['/a~1b~0 must be a string, got 1.'],
    ],
    [
      'an item',
      { ids: { type: 'array', items: { type: 'integer' } } },
      { ids: [1, 'x'] },
      ['/ids/1 must be an integer, got "x".'],
    ],
    [
      'types of alternatives',
      { a: { anyOf: [{ type: 'string' }, { type: 'null' }] } },
      { a: 1 },
      ['/a must be a string or null, got 1.'],
    ],
    [
      'the alternative that is meant',
      { animal },
      { animal: { kind: 'cat', lives: 'x' } },
      ['/animal/lives must be an integer, got "x".'],
      animals,
    ],
    [
      'the alternative that is meant, deep inside',
      { animal },
      { animal: { kind: 'dog', owner: { age: 'x' } } },
      ['/animal/owner/age must be an integer, got "x".'],
      animals,
    ],
    [
      'what tells the alternatives apart',
      { animal },
      { animal: { kind: 'cow', lives: 1, owner: {} } },
      ['/animal/kind must be one of "cat", "dog", got "cow".'],
      animals,
    ],
    [
      'values and types of alternatives',
      { a: { anyOf: [{ type: 'integer' }, { const: 'inf' }, { enum: ['none'] }] } },
      { a: 'x' },
      ['/a must be an integer or one of "inf", "none", got "x".'],
    ],
    [
      'the alternative whose other choice is wrong',
      {
        a: {
          anyOf: ['x', 'y', 'z'].map((kind) => ({
            properties: { kind: { const: kind }, rate: { enum: kind === 'x' ? [1] : [2, 3] } },
          })),
        },
      },
      { a: { kind: 'x', rate: 3 } },
      ['/a/rate must be one of 1, got 3.'],
    ],
    [
      'no alternative',
      { a: { anyOf: [{ required: ['x', 'y'] }, { required: ['z', 'w'] }] } },
      { a: {} },
      ['/a fits none of its 2 alternatives, got an object.'],
    ],
    [
      'an own __proto__',
      { a: {} },
      JSON.parse('{"__proto__":{"a":1}}'),
      ['/__proto__ is not known. Expected a.'],
    ],
    [
      'a required name that objects inherit',
      { constructor: {} },
      {},
      ['/constructor is missing. It is required.'],
      { required: ['constructor'] },
    ],
  ])('is told by %s', (_, properties, args, expected, rest) => {
    expect(sentencesOf(properties, args, rest)).toEqual(expected);
  });

  it('has its path and a code', () => {
    expect(issuesOf({ pet }, { pet: {}, x: 1 })).toMatchObject([
      { path: ['x'], code: 'unknown_argument' },
      { path: ['pet', 'name'], code: 'required' },
    ]);
  });

  it.each([
    ['password', { type: 'string', minLength: 20 }],
    ['api_key', { type: 'string', minLength: 20 }],
    ['pin', { type: 'string', minLength: 20, format: 'password' }],
    ['pin', { type: 'string', minLength: 20, writeOnly: true }],
  ])('is not shown where it may be a secret: %s', (name, schema) => {
    const [sentence] = sentencesOf({ [name]: schema }, { [name]: 'hunter2' });
    expect(sentence).toMatch(/got a string\.$/);
    expect(sentence).not.toContain('hunter2');
  });

  it('is shown shortened', () => {
    const [sentence = ''] = sentencesOf({ a: { type: 'integer' } }, { a: 'x'.repeat(1_000) });
    expect(sentence.length).toBeLessThan(120);
  });

  it('has its choices bounded', () => {
    const values = Array.from({ length: 500 }, (_, at) => `value${at}`);
    const [sentence = ''] = sentencesOf({ a: { enum: values } }, { a: 'x' });
    expect(sentence).toContain('"value19" and 480 more, got "x".');
  });

  it('is one of ten that are told at most', () => {
    const args = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`a${at}`, 1]));
    expect(issuesOf({}, args)).toHaveLength(10);
  });

  it('is told alone where the arguments are large', () => {
    const schema = { type: 'array', items: { type: 'integer' } };
    const ids = Array.from({ length: 100_000 }, () => 'x');
    expect(sentencesOf({ ids: schema }, { ids })).toEqual(['/ids/0 must be an integer, got "x".']);
  });

  it.each([[[]], ['x'], [1]])('is not even looked for in %j', (args) => {
    expect(sentencesOf({}, args)[0]).toMatch(/^The arguments must be an object, got a /);
  });
});

describe('arguments that fit', () => {
  const check = (properties: Record<string, unknown>, args: unknown, rest: JsonSchema = {}) =>
    createArgumentChecker().check(endpointOf(properties, rest), args);

  it('come back as they are, in a copy', () => {
    const args = { a: { b: null } };
    const checked = check({ a: {} }, args);
    expect(checked).toEqual(args);
    expect(checked).not.toBe(args);
  });

  it.each([[undefined], [null]])('may be absent: %j', (args) => {
    expect(check({}, args)).toEqual({});
  });

  it('have the default of a required one, and of no other', () => {
    const properties = { a: { type: 'string', default: 'x' }, b: { default: 'y' } };
    expect(check(properties, {}, { required: ['a'] })).toEqual({ a: 'x' });
  });

  it.each([
    ['a format that annotates', { format: 'uri-reference-of-theirs' }, 'anything'],
    ['a format that is often wrong', { type: 'string', format: 'uri' }, '/relative'],
    [
      'a keyword that is not of JSON Schema',
      { 'x-kind': 1, discriminator: { propertyName: 'q' } },
      1,
    ],
    ['two alternatives of a oneOf', { oneOf: [{ type: 'integer' }, { type: 'number' }] }, 1],
    ['a oneOf beside an anyOf', { anyOf: [{ type: 'integer' }], oneOf: [{ minimum: 1 }] }, 1],
    [
      'a pattern that could take for ever',
      { type: 'string', pattern: '^(a+)+$' },
      `${'a'.repeat(50)}!`,
    ],
  ])('may fit %s', (_, schema, value) => {
    expect(check({ a: schema }, { a: value })).toEqual({ a: value });
  });

  it('are refused by a oneOf none of whose alternatives they fit', () => {
    const schema = { anyOf: [{ type: 'integer' }], oneOf: [{ minimum: 5 }, { const: 1 }] };
    expect(() => check({ a: schema }, { a: 2 })).toThrow(AppError);
  });

  it('may have properties with the names of keywords', () => {
    const properties = { oneOf: { type: 'integer' }, properties: {}, enum: {}, items: {} };
    expect(check(properties, { oneOf: 1, properties: 2 })).toEqual({ oneOf: 1, properties: 2 });
    expect(() => check(properties, { oneOf: 'x' })).toThrow('/oneOf must be an integer');
  });
});

describe('createArgumentChecker', () => {
  it('compiles again when the contract changes, and not before', () => {
    const checker = createArgumentChecker();
    const before = endpointOf({ a: { type: 'string' } });
    const after = { ...before, inputSchema: endpointOf({ a: { type: 'integer' } }).inputSchema };
    expect(checker.check(before, { a: 'x' })).toEqual({ a: 'x' });
    expect(checker.check(after, { a: 'x' })).toEqual({ a: 'x' });
    expect(() => checker.check({ ...after, contractHash: 'h2' }, { a: 'x' })).toThrow(AppError);
  });

  it('forgets what was not used for the longest', () => {
    const checker = createArgumentChecker({ maxCompiled: 2 });
    const texts = { ...endpointOf({ a: { type: 'string' } }), id: 'texts' };
    const numbers = endpointOf({ a: { type: 'integer' } }).inputSchema;
    checker.check(texts, { a: 'x' });
    for (const id of ['1', '2']) checker.check({ ...texts, id }, { a: 'x' });
    expect(() => checker.check({ ...texts, inputSchema: numbers }, { a: 'x' })).toThrow(AppError);
  });
});

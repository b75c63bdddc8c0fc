import { describe, expect, it } from 'vitest';
import {
  codesOf,
  onlyDraft,
  parse,
  propertiesOf,
  validatorOf,
  withAnswer,
  withBody,
} from '../../../test/support/specs.js';

/** The schema that a body property of this schema gets, in a document of that version. */
function converted(schema: unknown, openapi = '3.0.3') {
  const draft = onlyDraft(withBody({ type: 'object', properties: { a: schema } }, { openapi }));
  validatorOf(draft.inputSchema);
  return propertiesOf(draft.inputSchema).a;
}

describe('schemas in JSON Schema 2020-12', () => {
  it.each([
    ['nullable', { type: 'string', nullable: true }, { type: ['string', 'null'] }],
    [
      'nullable with enum',
      { type: 'string', enum: ['a'], nullable: true },
      { type: ['string', 'null'], enum: ['a', null] },
    ],
    ['nullable with enum and without type', { enum: ['a'], nullable: true }, { enum: ['a', null] }],
    ['nullable without anything', { nullable: true }, {}],
    [
      'nullable with allOf',
      { nullable: true, description: 'D', allOf: [{ type: 'string' }, { minLength: 1 }] },
      {
        description: 'D',
        anyOf: [{ allOf: [{ type: 'string' }, { minLength: 1 }] }, { type: 'null' }],
      },
    ],
    [
      'nullable with anyOf',
      { nullable: true, anyOf: [{ type: 'string' }] },
      { anyOf: [{ type: 'string' }, { type: 'null' }] },
    ],
    ['x-nullable', { type: 'integer', 'x-nullable': true }, { type: ['integer', 'null'] }],
    ['a list of types', { type: ['string', 'null'] }, { type: ['string', 'null'] }],
    ['exclusiveMinimum: true', { minimum: 3, exclusiveMinimum: true }, { exclusiveMinimum: 3 }],
    ['exclusiveMaximum: true', { maximum: 3, exclusiveMaximum: true }, { exclusiveMaximum: 3 }],
    ['exclusiveMinimum: false', { minimum: 3, exclusiveMinimum: false }, { minimum: 3 }],
    ['exclusiveMinimum as a number', { exclusiveMinimum: 3 }, { exclusiveMinimum: 3 }],
    [
      'what only documents need',
      {
        type: 'object',
        example: { x: 1 },
        examples: [1],
        xml: { name: 'x' },
        externalDocs: { url: 'x' },
        discriminator: { propertyName: 'k' },
        'x-more': 1,
      },
      { type: 'object' },
    ],
    [
      'a lone allOf',
      { description: 'D', allOf: [{ type: 'string' }] },
      { type: 'string', description: 'D' },
    ],
    ['an array without items', { type: 'array' }, { type: 'array', items: {} }],
    [
      'a tuple of older drafts',
      { type: 'array', items: [{ type: 'string' }], additionalItems: false },
      { type: 'array', prefixItems: [{ type: 'string' }], items: false },
    ],
    [
      'dependencies of older drafts',
      { dependencies: { a: ['b'], c: { required: ['d'] } } },
      { dependentRequired: { a: ['b'] }, dependentSchemas: { c: { required: ['d'] } } },
    ],
    ['a title beside a description', { title: 'T', description: 'D' }, { description: 'D' }],
    [
      'identifiers',
      { $id: 'https://x.test/a', $schema: 'x', $anchor: 'a', type: 'string' },
      { type: 'string' },
    ],
    ['true', true, {}],
    ['false', false, { not: {} }],
  ])('takes %s', (_, given, expected) => {
    expect(converted(given)).toEqual(expected);
  });

  it.each([
    ['an escaped dash outside a class', '^a\\-b\\_c\\@d$', '^a-b_c@d$'],
    ['an escaped dash in a class', '^[\\w\\-]+$', '^[\\w\\-]+$'],
    ['a good one', '^\\p{L}+\\/\\.$', '^\\p{L}+\\/\\.$'],
  ])('keeps a pattern with %s', (_, pattern, expected) => {
    expect(converted({ type: 'string', pattern })).toEqual({ type: 'string', pattern: expected });
  });

  it.each([
    ['an unclosed group', { type: 'string', pattern: '(' }, { type: 'string' }, 'INVALID_PATTERN'],
    ['a pattern that is a number', { pattern: 5 }, {}, 'INVALID_PATTERN'],
    [
      'a pattern of names',
      { patternProperties: { '(': {} } },
      { patternProperties: {} },
      'INVALID_PATTERN',
    ],
    ['a type in capitals', { type: 'String' }, { type: 'string' }, 'REPAIRED'],
    ['a type of a language', { type: 'int' }, { type: 'integer' }, 'REPAIRED'],
    ['no JSON type', { type: 'thing' }, {}, 'INVALID_SCHEMA'],
    ['a type that is an object', { type: {} }, {}, 'INVALID_SCHEMA'],
    ['an enum that is an object', { enum: { a: 1 } }, {}, 'INVALID_SCHEMA'],
    ['an empty enum', { enum: [] }, {}, 'INVALID_SCHEMA'],
    ['an enum of one value', { enum: 'a' }, { enum: ['a'] }, 'REPAIRED'],
    [
      'an enum of another type',
      { type: 'string', enum: [1, 2] },
      { type: 'string', enum: ['1', '2'] },
      'REPAIRED',
    ],
    ['a bound that is a word', { minimum: 'low' }, {}, 'INVALID_SCHEMA'],
    ['a negative length', { minLength: -1 }, {}, 'INVALID_SCHEMA'],
    ['multipleOf zero', { multipleOf: 0 }, {}, 'INVALID_SCHEMA'],
    [
      'a format that is a list',
      { type: 'string', format: ['x'] },
      { type: 'string' },
      'INVALID_SCHEMA',
    ],
    ['required as a word', { required: 'a' }, {}, 'INVALID_SCHEMA'],
    ['properties as a list', { properties: [] }, {}, 'INVALID_SCHEMA'],
    ['an empty oneOf', { oneOf: [] }, {}, 'INVALID_SCHEMA'],
    ['a schema that is a word', 'string', {}, 'INVALID_SCHEMA'],
  ])('repairs or drops %s, with a located problem', (_, given, expected, code) => {
    expect(converted(given)).toEqual(expected);
    const { problems } = parse(withBody({ properties: { a: given } }));
    expect(problems).toMatchObject([
      { code, pointer: expect.stringContaining('application~1json/schema/properties/a') },
    ]);
  });

  it('drops what is written twice', () => {
    expect(converted({ enum: ['a', 'b', 'a'], required: ['x', 'x'] })).toEqual({
      enum: ['a', 'b'],
      required: ['x'],
    });
  });

  it('takes numbers that are written as text', () => {
    expect(converted({ minimum: '1', maxLength: '5' })).toEqual({ minimum: 1, maxLength: 5 });
  });

  it('keeps formats that no validator knows', () => {
    expect(converted({ type: 'string', format: 'x-made-up' })).toMatchObject({
      format: 'x-made-up',
    });
  });

  it('leaves writeOnly properties out of answers, and readOnly ones in', () => {
    const draft = onlyDraft(
      withAnswer({
        type: 'object',
        required: ['id', 'password'],
        properties: { id: { readOnly: true }, password: { writeOnly: true } },
      }),
    );
    expect(draft.outputSchema).toEqual({
      type: 'object',
      required: ['id'],
      properties: { id: {} },
    });
  });

  it.each<[string, unknown, unknown]>([
    ['itself', { type: 'string', writeOnly: true }, { type: 'string', writeOnly: true }],
    [
      'what it refers to',
      { $ref: '#/components/schemas/Pin' },
      { type: 'string', writeOnly: true },
    ],
    [
      'what is beside a reference',
      { $ref: '#/components/schemas/Name', writeOnly: true },
      { type: 'string', writeOnly: true },
    ],
    [
      'what is beside a lone allOf',
      { allOf: [{ $ref: '#/components/schemas/Name' }], writeOnly: true },
      { type: 'string', writeOnly: true },
    ],
    ['false', { type: 'string', writeOnly: false }, { type: 'string' }],
    ['no flag', { type: 'string', writeOnly: 'yes' }, { type: 'string' }],
  ])('keeps writeOnly in requests where a property says so by %s', (_, property, kept) => {
    const schema = { type: 'object', properties: { value: property } };
    const schemas = { Pin: { type: 'string', writeOnly: true }, Name: { type: 'string' } };
    const { inputSchema } = onlyDraft(withBody(schema, { components: { schemas } }));
    expect(JSON.stringify(inputSchema)).toContain(`"value":${JSON.stringify(kept)}`);
  });

  it('uses one definition for requests and another for answers', () => {
    const Pet = {
      type: 'object',
      required: ['id', 'secret'],
      properties: {
        id: { type: 'string', readOnly: true, description: 'x'.repeat(200) },
        secret: { type: 'string', writeOnly: true },
      },
    };
    const list = { type: 'array', items: { $ref: '#/components/schemas/Pet' } };
    const content = { 'application/json': { schema: list } };
    const document = withBody(list, { components: { schemas: { Pet } } });
    const paths = document.paths as Record<string, Record<string, Record<string, unknown>>>;
    if (paths['/things']?.post) paths['/things'].post.responses = { 200: { content } };
    const { inputSchema, outputSchema } = onlyDraft(document);
    expect(inputSchema.$defs).toMatchObject({ Pet: { required: ['secret'] } });
    expect(outputSchema?.$defs).toMatchObject({ Pet: { required: ['id'] } });
  });

  it('gives a schema that refers to itself a definition', () => {
    const Node = {
      type: 'object',
      properties: { children: { type: 'array', items: { $ref: '#/components/schemas/Node' } } },
    };
    const draft = onlyDraft(
      withBody({ $ref: '#/components/schemas/Node' }, { components: { schemas: { Node } } }),
    );
    const accepts = validatorOf(draft.inputSchema);
    expect(accepts({ children: [{ children: [] }] })).toBe(true);
    expect(accepts({ children: [{ children: [5] }] })).toBe(false);
    expect(Object.keys(draft.inputSchema.$defs as object)).toEqual(['Node']);
  });

  it.each([
    ['$recursiveRef', { $recursiveAnchor: true }, { $recursiveRef: '#' }],
    ['$dynamicRef', { $dynamicAnchor: 'node' }, { $dynamicRef: '#node' }],
    ['an anchor', { $anchor: 'node' }, { $ref: '#node' }],
    ['an $id', { $id: 'https://schemas.test/node' }, { $ref: 'https://schemas.test/node' }],
  ])('follows %s to the schema itself', (_, marks, ref) => {
    const Node = {
      ...marks,
      type: 'object',
      properties: { next: { anyOf: [ref, { type: 'null' }] } },
    };
    const draft = onlyDraft(
      withBody({ $ref: '#/components/schemas/Node' }, { components: { schemas: { Node } } }),
    );
    const accepts = validatorOf(draft.inputSchema);
    expect(accepts({ next: { next: null } })).toBe(true);
    expect(accepts({ next: { next: 5 } })).toBe(false);
  });

  it('keeps what stands beside a $ref in 3.1, and only notes in 3.0', () => {
    const schemas = { Name: { type: 'string', description: 'x'.repeat(200) } };
    const property = { $ref: '#/components/schemas/Name', minLength: 3, description: 'Short.' };
    const given = (openapi: string) =>
      propertiesOf(
        onlyDraft(withBody({ properties: { a: property } }, { openapi, components: { schemas } }))
          .inputSchema,
      ).a;
    expect(given('3.1.0')).toEqual({ $ref: '#/$defs/Name', minLength: 3, description: 'Short.' });
    expect(given('3.0.3')).toEqual({ $ref: '#/$defs/Name', description: 'Short.' });
  });

  it('finds definitions that a schema keeps beside itself', () => {
    const schema = {
      type: 'object',
      $defs: { Size: { enum: ['S', 'M'] } },
      properties: { size: { $ref: '#/$defs/Size' } },
    };
    const result = parse(withBody(schema));
    expect(result.drafts[0]?.inputSchema).toMatchObject({
      properties: { size: { enum: ['S', 'M'] } },
    });
    expect(codesOf(result)).toEqual([]);
  });

  it('ends a union whose members are made of it', () => {
    const schemas = {
      Pet: {
        type: 'object',
        properties: { kind: { type: 'string' } },
        required: ['kind'],
        oneOf: [{ $ref: '#/components/schemas/Cat' }, { $ref: '#/components/schemas/Dog' }],
      },
      Cat: { allOf: [{ $ref: '#/components/schemas/Pet' }, { required: ['purrs'] }] },
      Dog: { allOf: [{ $ref: '#/components/schemas/Pet' }, { required: ['barks'] }] },
    };
    const { inputSchema } = onlyDraft(
      withBody({ $ref: '#/components/schemas/Pet' }, { components: { schemas } }),
    );
    const accepts = validatorOf(inputSchema);
    expect(accepts({ body: { kind: 'cat', purrs: true } })).toBe(true);
    expect(accepts({ body: { purrs: true } })).toBe(false);
  });

  it.each([
    ['itself', { A: { $ref: '#/components/schemas/A' } }],
    ['itself by allOf', { A: { allOf: [{ $ref: '#/components/schemas/A' }, { minLength: 1 }] } }],
    [
      'another that is it',
      {
        A: { $ref: '#/components/schemas/B' },
        B: { $ref: '#/components/schemas/A' },
      },
    ],
    ['a union of itself', { A: { anyOf: [{ $ref: '#/components/schemas/A' }, { type: 'null' }] } }],
  ])('accepts anything, with a problem, for a schema that is only %s', (_, schemas) => {
    const result = parse(
      withBody(
        { properties: { a: { $ref: '#/components/schemas/A' } } },
        { components: { schemas } },
      ),
    );
    const [draft] = result.drafts;
    const accepts = validatorOf(draft?.inputSchema ?? { not: {} });
    expect(accepts({ a: 'anything' })).toBe(true);
    expect(codesOf(result)).toContain('CIRCULAR_REF');
    expect(result.compatibilityScore).toBeLessThan(100);
  });
});

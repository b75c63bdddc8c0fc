import { describe, expect, it } from 'vitest';
import {
  anOpenApi,
  aSwagger,
  codesOf,
  onlyDraft,
  parse,
  propertiesOf,
  validatorOf,
  withBody,
} from '../../../test/support/specs.js';

const url = 'https://specs.test/api/openapi.json';

describe('references', () => {
  it('are followed for path items, parameters, bodies, responses and media types', () => {
    const draft = onlyDraft(
      anOpenApi(
        { '/things': { $ref: '#/components/pathItems/Things', summary: 'Own summary' } },
        {
          components: {
            pathItems: {
              Things: {
                post: {
                  parameters: [{ $ref: '#/components/parameters/Again' }],
                  requestBody: { $ref: '#/components/requestBodies/Thing' },
                  responses: { 200: { $ref: '#/components/responses/Thing' } },
                },
              },
            },
            parameters: {
              Again: { $ref: '#/components/parameters/Page' },
              Page: { name: 'page', in: 'query', schema: { type: 'integer' } },
            },
            requestBodies: {
              Thing: {
                content: {
                  'application/json': { schema: { properties: { name: { type: 'string' } } } },
                },
              },
            },
            responses: {
              Thing: {
                description: 'OK',
                content: { 'application/json': { schema: { type: 'array' } } },
              },
            },
          },
        },
      ),
    );
    expect(propertiesOf(draft.inputSchema)).toEqual({
      page: { type: 'integer' },
      name: { type: 'string' },
    });
    expect(draft.outputSchema).toMatchObject({ type: 'array' });
    expect(draft).toMatchObject({
      summary: 'Own summary',
      pointer: '/components/pathItems/Things/post',
    });
  });

  it.each([
    ['~1 and ~0', '#/paths/~1a~0b/get/x-schema', { '/a~b': { get: { 'x-schema': { const: 1 } } } }],
    ['%20', '#/x-all/with%20space', {}],
    ['%7B', '#/x-all/%7Bid%7D', {}],
    ['a literal percent sign', '#/x-all/100%', {}],
    ['list positions', '#/x-all/list/1', {}],
    ['a property of a reference', '#/x-all/through/properties/b', {}],
  ])('are followed through %s', (_, $ref, paths) => {
    const schema = { const: 1 };
    const extra = {
      'x-all': {
        'with space': schema,
        '{id}': schema,
        '100%': schema,
        list: [{}, schema],
        through: { $ref: '#/x-all/target' },
        target: { properties: { b: schema } },
      },
    };
    const requestBody = {
      content: { 'application/json': { schema: { properties: { a: { $ref } } } } },
    };
    const result = parse(anOpenApi({ ...paths, '/z': { put: { requestBody } } }, extra));
    const draft = result.drafts.find(({ path }) => path === '/z');
    expect(propertiesOf(draft?.inputSchema ?? {}).a).toEqual({ const: 1 });
    expect(codesOf(result)).toEqual([]);
  });

  it.each([
    ['#/components/schemas/Nope', 'UNRESOLVED_REF'],
    ['#/components/schemas/constructor', 'UNRESOLVED_REF'],
    ['#/components/schemas/__proto__', 'UNRESOLVED_REF'],
    ['#nowhere', 'UNRESOLVED_REF'],
    [5, 'INVALID_REF'],
    [null, 'INVALID_REF'],
  ])('that lead nowhere accept any value and are told: %j', ($ref, code) => {
    const result = parse(
      withBody({ properties: { a: { $ref } } }, { components: { schemas: {} } }),
    );
    const [draft] = result.drafts;
    expect(propertiesOf(draft?.inputSchema ?? {}).a).toEqual({
      description: expect.stringContaining('could not be resolved'),
    });
    expect(result.problems).toMatchObject([
      {
        code,
        pointer: expect.stringMatching(/schema\/properties\/a\/\$ref$/),
        severity: 'WARNING',
      },
    ]);
    expect(result.deductions).toMatchObject([{ code }]);
  });

  it.each([
    ['a parameter', { parameters: [{ $ref: '#/components/parameters/A' }] }],
    ['a body', { requestBody: { $ref: '#/components/requestBodies/A' } }],
    ['a response', { responses: { 200: { $ref: '#/components/responses/A' } } }],
  ])('that lead back to themselves are a located problem: %s', (_, operation) => {
    const result = parse(
      anOpenApi(
        { '/a': { post: operation } },
        {
          components: {
            parameters: { A: { $ref: '#/components/parameters/A' } },
            requestBodies: { A: { $ref: '#/components/requestBodies/A' } },
            responses: { A: { $ref: '#/components/responses/A' } },
          },
        },
      ),
    );
    expect(result.drafts).toHaveLength(1);
    expect(result.problems[0]).toMatchObject({
      code: 'CIRCULAR_REF',
      pointer: expect.stringMatching(/^\/paths\/~1a\/post\/.*\$ref$/),
    });
  });

  it('that point at another kind of object are a located problem', () => {
    const responses = { 200: { $ref: '#/components/schemas/Count' } };
    const result = parse(
      anOpenApi({ '/a': { get: { responses } } }, { components: { schemas: { Count: {} } } }),
    );
    expect(result.problems).toMatchObject([
      { code: 'REF_WRONG_KIND', pointer: '/paths/~1a/get/responses/200/$ref' },
    ]);
  });

  it('in components that nothing uses are told without taking points', () => {
    const result = parse(
      anOpenApi({ '/a': { get: {} } }, { components: { schemas: { A: { $ref: 0 }, B: 5 } } }),
    );
    expect(result.problems).toMatchObject([
      { code: 'INVALID_REF', pointer: '/components/schemas/A/$ref', severity: 'INFO' },
      { code: 'INVALID_SCHEMA', pointer: '/components/schemas/B', severity: 'INFO' },
    ]);
    expect(result.compatibilityScore).toBe(100);
  });

  it('to 2.0 definitions become definitions of the tool, only those that are used', () => {
    const big = { type: 'object', properties: { x: { description: 'x'.repeat(200) } } };
    const body = {
      name: 'b',
      in: 'body',
      schema: { type: 'array', items: { $ref: '#/definitions/A' } },
    };
    const draft = onlyDraft(
      aSwagger(
        { '/a': { post: { parameters: [body] } } },
        {
          definitions: {
            A: { ...big, properties: { b: { $ref: '#/definitions/B' } } },
            B: big,
            C: big,
          },
        },
      ),
    );
    expect(Object.keys(draft.inputSchema.$defs as object).sort()).toEqual(['A', 'B']);
    validatorOf(draft.inputSchema);
  });
});

describe('references to other files', () => {
  const document = withBody({ properties: { pet: { $ref: 'common/Pet.yaml#/Pet' } } });
  const pet = 'Pet:\n  type: object\n  properties:\n    owner: {$ref: "../Owner.json"}\n';
  const owner = JSON.stringify({ type: 'string', description: 'x'.repeat(200) });
  const files = {
    'https://specs.test/api/common/Pet.yaml': pet,
    'https://specs.test/api/Owner.json': owner,
  };

  it('name the files that are wanted, until they are there', () => {
    const first = parse(document, { url });
    expect(first.wanted).toEqual(['https://specs.test/api/common/Pet.yaml']);
    const second = parse(document, { url, files: { [first.wanted[0] ?? '']: pet } });
    expect(second.wanted).toEqual(['https://specs.test/api/Owner.json']);
    const third = parse(document, { url, files });
    expect(third.wanted).toEqual([]);
    expect(third.problems).toEqual([]);
    const { inputSchema } = third.drafts[0] ?? { inputSchema: {} };
    const accepts = validatorOf(inputSchema);
    expect(accepts({ pet: { owner: 'Ann' } })).toBe(true);
    expect(accepts({ pet: { owner: 5 } })).toBe(false);
  });

  it('are located problems with the reason where a file is unavailable', () => {
    const unavailable = { 'https://specs.test/api/common/Pet.yaml': 'The server answered 404.' };
    const result = parse(document, { url, unavailable });
    expect(result.wanted).toEqual([]);
    expect(result.problems).toMatchObject([
      {
        code: 'REF_UNAVAILABLE',
        message: expect.stringContaining('The server answered 404.'),
        pointer: expect.stringMatching(/\/properties\/pet\/\$ref$/),
      },
    ]);
  });

  it('cannot be followed from a document without a URL', () => {
    const result = parse(document);
    expect(result.wanted).toEqual([]);
    expect(result.problems[0]?.message).toContain('the document was not loaded from a URL');
  });

  it('are resolved against $self of OpenAPI 3.2', () => {
    const result = parse({
      ...document,
      openapi: '3.2.0',
      $self: 'https://other.test/v2/api.json',
    });
    expect(result.wanted).toEqual(['https://other.test/v2/common/Pet.yaml']);
  });

  it('locate problems of the other file in that file', () => {
    const broken = {
      'https://specs.test/api/common/Pet.yaml': 'Pet:\n  type: object\n  pattern: "("\n',
    };
    const result = parse(document, { url, files: broken });
    expect(result.problems).toMatchObject([
      { pointer: 'https://specs.test/api/common/Pet.yaml#/Pet/pattern', line: 3 },
    ]);
  });

  it('lead to parameters and path items too, whose own references stand in their file', () => {
    const result = parse(anOpenApi({ '/a/{id}': { $ref: 'paths/a.json' } }), {
      url,
      files: {
        'https://specs.test/api/paths/a.json': JSON.stringify({
          get: { parameters: [{ $ref: './id.json' }] },
        }),
        'https://specs.test/api/paths/id.json': JSON.stringify({
          name: 'id',
          in: 'path',
          required: true,
          schema: { type: 'integer' },
        }),
      },
    });
    expect(result.problems).toEqual([]);
    expect(result.drafts[0]?.inputSchema.properties).toEqual({ id: { type: 'integer' } });
  });
});

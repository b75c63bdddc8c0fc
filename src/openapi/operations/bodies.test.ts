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

function withContent(content: unknown, extra: Record<string, unknown> = {}) {
  const requestBody = { required: true, content, ...extra };
  return anOpenApi({ '/things': { post: { requestBody } } });
}

const person = {
  type: 'object',
  properties: { name: { type: 'string' }, age: { type: 'integer' } },
  required: ['name'],
};

describe('a body that is one plain object', () => {
  it('becomes one input per property', () => {
    const draft = onlyDraft(withBody(person));
    expect(draft.inputSchema).toEqual({
      type: 'object',
      properties: { name: { type: 'string' }, age: { type: 'integer' } },
      required: ['name'],
      additionalProperties: false,
    });
    expect(draft.plan.body).toEqual({
      required: true,
      argument: null,
      fields: [
        { argument: 'name', name: 'name' },
        { argument: 'age', name: 'age' },
      ],
      contentTypeArgument: null,
      variants: [{ mediaType: 'application/json', kind: 'json', encoding: {}, files: [] }],
    });
  });

  it('merges the parts of an allOf with own properties and required names', () => {
    const draft = onlyDraft(
      withBody(
        {
          required: ['own'],
          properties: { own: { type: 'boolean' } },
          allOf: [{ $ref: '#/components/schemas/Person' }, { required: ['age'] }],
        },
        { components: { schemas: { Person: person } } },
      ),
    );
    expect(Object.keys(propertiesOf(draft.inputSchema)).sort()).toEqual(['age', 'name', 'own']);
    expect(new Set(draft.inputSchema.required as string[])).toEqual(
      new Set(['own', 'name', 'age']),
    );
    expect(draft.inputSchema.$defs).toBeUndefined();
  });

  it('asks for its required fields only once one of its fields is given, where the body is optional', () => {
    const content = { 'application/json': { schema: person } };
    const draft = onlyDraft(anOpenApi({ '/a': { post: { requestBody: { content } } } }));
    const accepts = validatorOf(draft.inputSchema);
    expect(accepts({})).toBe(true);
    expect(accepts({ age: 3 })).toBe(false);
    expect(accepts({ age: 3, name: 'Ann' })).toBe(true);
  });

  it('leaves readOnly properties out, and out of the required names, also where an allOf splits them', () => {
    const draft = onlyDraft(
      withBody(
        {
          allOf: [{ $ref: '#/components/schemas/Base' }, { required: ['id', 'name'] }],
          properties: { owner: { $ref: '#/components/schemas/Owner' } },
        },
        {
          components: {
            schemas: {
              Base: { properties: { id: { type: 'string', readOnly: true }, name: {} } },
              Owner: {
                type: 'object',
                required: ['id', 'name'],
                properties: {
                  id: { $ref: '#/components/schemas/Id' },
                  name: { type: 'string', description: 'x'.repeat(200) },
                },
              },
              Id: { type: 'string', readOnly: true },
            },
          },
        },
      ),
    );
    expect(Object.keys(propertiesOf(draft.inputSchema)).sort()).toEqual(['name', 'owner']);
    expect(draft.inputSchema.required).toEqual(['name']);
    const definitions = draft.inputSchema.$defs as Record<string, Record<string, unknown>>;
    expect(definitions.Owner).toMatchObject({ required: ['name'] });
    expect(Object.keys(definitions.Owner?.properties ?? {})).toEqual(['name']);
  });

  it('lets a draft-3 "required: true" of a property count', () => {
    const draft = onlyDraft(withBody({ properties: { a: { type: 'string', required: true } } }));
    expect(draft.inputSchema.required).toEqual(['a']);
    expect(propertiesOf(draft.inputSchema).a).toEqual({ type: 'string' });
  });
});

describe('a body that is anything else', () => {
  it.each([
    ['a list', { type: 'array', items: { type: 'string' } }, ['a']],
    ['a choice', { oneOf: [person, { type: 'string' }] }, { name: 'Ann' }],
    ['a map', { type: 'object', additionalProperties: { type: 'integer' } }, { a: 1 }],
    [
      'an object with room for more',
      { ...person, additionalProperties: true },
      { name: 'A', x: 1 },
    ],
    [
      'an object with conditions',
      { ...person, anyOf: [{ required: ['age'] }] },
      { name: 'A', age: 1 },
    ],
    ['anything', true, 5],
  ])('is one input: %s', (_, schema, value) => {
    const draft = onlyDraft(withBody(schema));
    expect(Object.keys(propertiesOf(draft.inputSchema))).toEqual(['body']);
    expect(draft.plan.body).toMatchObject({ argument: 'body', fields: null });
    expect(draft.inputSchema.required).toEqual(['body']);
    const accepts = validatorOf(draft.inputSchema);
    expect(accepts({ body: value })).toBe(true);
    expect(accepts({})).toBe(false);
  });

  it('offers the subtypes that only a discriminator mapping names', () => {
    const draft = onlyDraft(
      withBody(
        { $ref: '#/components/schemas/Pet' },
        {
          components: {
            schemas: {
              Pet: {
                type: 'object',
                properties: { kind: { type: 'string' } },
                discriminator: {
                  propertyName: 'kind',
                  mapping: { cat: '#/components/schemas/Cat' },
                },
              },
              Cat: {
                allOf: [
                  { $ref: '#/components/schemas/Pet' },
                  { properties: { purrs: { type: 'boolean' } }, required: ['purrs'] },
                ],
              },
            },
          },
        },
      ),
    );
    const accepts = validatorOf(draft.inputSchema);
    expect(accepts({ body: { kind: 'cat', purrs: true } })).toBe(true);
    expect(accepts({ body: { kind: 'cat' } })).toBe(false);
  });
});

describe('media types', () => {
  it.each([
    ['application/json', {}, 'json'],
    ['application/vnd.api+json; charset=utf-8', {}, 'json'],
    ['application/merge-patch+json', {}, 'json'],
    ['application/json-patch+json', {}, 'json'],
    ['application/x-www-form-urlencoded', person, 'form'],
    ['multipart/form-data', person, 'multipart'],
    ['application/octet-stream', {}, 'binary'],
    ['image/png', { type: 'string', format: 'binary' }, 'binary'],
    ['application/zip', undefined, 'binary'],
    ['text/plain', { type: 'string' }, 'text'],
    ['application/x-ndjson', { type: 'object' }, 'text'],
    ['application/sdp', { type: 'string' }, 'text'],
    ['application/xml', person, 'text'],
  ])('makes a %s body of kind %s', (mediaType, schema, kind) => {
    const draft = onlyDraft(withContent({ [mediaType]: { schema } }));
    expect(draft.plan.body?.variants).toMatchObject([{ mediaType, kind }]);
  });

  it.each([
    [{ type: 'object', properties: { a: {} } }, 'json', 'application/json'],
    [{ type: 'string', format: 'binary' }, 'binary', 'application/octet-stream'],
  ])('sends */* with %j as %s', (schema, kind, mediaType) => {
    const draft = onlyDraft(withContent({ '*/*': { schema } }));
    expect(draft.plan.body?.variants).toMatchObject([{ kind, mediaType }]);
  });

  it('offers several media types of one schema by an argument, JSON first', () => {
    const draft = onlyDraft(
      withContent({
        'application/x-www-form-urlencoded': { schema: person },
        'application/json': { schema: { ...person } },
      }),
    );
    const types = ['application/json', 'application/x-www-form-urlencoded'];
    expect(propertiesOf(draft.inputSchema).contentType).toMatchObject({
      enum: types,
      default: types[0],
    });
    expect(Object.keys(propertiesOf(draft.inputSchema))).toEqual(['name', 'age', 'contentType']);
    expect(draft.plan.body?.contentTypeArgument).toBe('contentType');
  });

  it('offers several media types of different schemas as one input', () => {
    const draft = onlyDraft(
      withContent({
        'application/json': { schema: person },
        'text/plain': { schema: { type: 'string' } },
      }),
    );
    const accepts = validatorOf(draft.inputSchema);
    expect(accepts({ body: 'Ann', contentType: 'text/plain' })).toBe(true);
    expect(accepts({ body: { name: 'Ann' } })).toBe(true);
    expect(accepts({ body: 5 })).toBe(false);
  });

  it('does not offer XML beside something better, and says so without taking points', () => {
    const content = {
      'application/xml': { schema: person },
      'application/json': { schema: person },
    };
    const result = parse(withContent(content));
    expect(result.drafts[0]?.plan.body?.variants).toHaveLength(1);
    expect(codesOf(result)).toEqual(['XML_NOT_OFFERED']);
    expect(result.compatibilityScore).toBe(100);
  });

  it('names the properties of a multipart body that carry files, and how parts are encoded', () => {
    const schema = {
      type: 'object',
      properties: {
        note: { type: 'string' },
        photo: { type: 'string', format: 'binary' },
        scan: { type: 'string', contentMediaType: 'image/png' },
        pages: { type: 'array', items: { $ref: '#/components/schemas/File' } },
        meta: { type: 'object', properties: { a: {} } },
      },
    };
    const encoding = { meta: { contentType: 'application/json', headers: {} } };
    const draft = onlyDraft({
      ...withContent({ 'multipart/form-data': { schema, encoding } }),
      components: { schemas: { File: { type: 'string', format: 'binary' } } },
    });
    expect(draft.plan.body?.variants).toMatchObject([
      {
        kind: 'multipart',
        files: ['photo', 'scan', 'pages'],
        encoding: { meta: { contentType: 'application/json' } },
      },
    ]);
    expect(propertiesOf(draft.inputSchema).photo).toMatchObject({
      type: 'string',
      contentEncoding: 'base64',
    });
  });

  it('is what a media type behind a reference describes', () => {
    const components = { mediaTypes: { Person: { schema: person } } };
    const draft = onlyDraft(
      anOpenApi(
        {
          '/things': {
            post: {
              requestBody: {
                content: { 'application/json': { $ref: '#/components/mediaTypes/Person' } },
              },
            },
          },
        },
        { openapi: '3.2.0', components },
      ),
    );
    expect(Object.keys(propertiesOf(draft.inputSchema))).toEqual(['name', 'age']);
  });

  it('reports a body without content', () => {
    const result = parse(anOpenApi({ '/a': { post: { requestBody: { required: true } } } }));
    expect(result.problems).toMatchObject([
      { code: 'INVALID_BODY', pointer: '/paths/~1a/post/requestBody' },
    ]);
  });
});

describe('bodies of Swagger 2.0', () => {
  function post(operation: Record<string, unknown>, extra = {}) {
    return aSwagger({ '/things': { post: operation } }, extra);
  }

  it('flattens a body parameter whose schema is a definition, under each type of consumes', () => {
    const draft = onlyDraft(
      post(
        { parameters: [{ name: 'p', in: 'body', schema: { $ref: '#/definitions/Person' } }] },
        {
          consumes: ['application/json', 'application/merge-patch+json'],
          definitions: { Person: person },
        },
      ),
    );
    expect(Object.keys(propertiesOf(draft.inputSchema))).toEqual(['name', 'age', 'contentType']);
    expect(draft.plan.body).toMatchObject({ required: false });
  });

  it('collects formData into a urlencoded body', () => {
    const tags = { type: 'array', items: { type: 'string' }, collectionFormat: 'multi' };
    const draft = onlyDraft(
      post({
        consumes: ['application/json', 'application/x-www-form-urlencoded'],
        parameters: [
          { name: 'title', in: 'formData', type: 'string', required: true, description: 'Title.' },
          { name: 'tags', in: 'formData', ...tags },
        ],
      }),
    );
    expect(draft.inputSchema.required).toEqual(['title']);
    expect(propertiesOf(draft.inputSchema).title).toEqual({
      type: 'string',
      description: 'Title.',
    });
    expect(draft.plan.body).toMatchObject({
      required: true,
      variants: [
        {
          mediaType: 'application/x-www-form-urlencoded',
          kind: 'form',
          encoding: { tags: { style: 'form', explode: true } },
        },
      ],
    });
  });

  it('sends a file of formData as multipart, whatever consumes says', () => {
    const draft = onlyDraft(
      post({
        consumes: ['application/x-www-form-urlencoded'],
        parameters: [{ name: 'photo', in: 'formData', type: 'file', required: true }],
      }),
    );
    expect(draft.plan.body?.variants).toMatchObject([
      { mediaType: 'multipart/form-data', kind: 'multipart', files: ['photo'] },
    ]);
    expect(propertiesOf(draft.inputSchema).photo).toMatchObject({ contentEncoding: 'base64' });
    validatorOf(draft.inputSchema);
  });
});

it('asks of a field that several parts of an allOf describe to fit each of them', () => {
  const parts = [{ minimum: 1 }, { maximum: 3, description: 'One to three.' }];
  const schema = {
    allOf: parts.map((part) => ({ properties: { a: { type: 'integer', ...part } } })),
  };
  const draft = onlyDraft(withBody(schema));
  const accepts = validatorOf(draft.inputSchema);
  expect([0, 2, 4].map((a) => accepts({ a }))).toEqual([false, true, false]);
  expect(draft.parameters[0]?.description).toBe('One to three.');
});

import { describe, expect, it } from 'vitest';
import {
  anOpenApi,
  aSwagger,
  codesOf,
  onlyDraft,
  parse,
  propertiesOf,
  validatorOf,
} from '../../../test/support/specs.js';

function withParameters(parameters: unknown, path = '/things', extra = {}) {
  return anOpenApi({ [path]: { get: { parameters } } }, extra);
}

describe('parameters of OpenAPI 3', () => {
  it("merges the path's parameters with the operation's, which win by name and location", () => {
    const draft = onlyDraft(
      anOpenApi({
        '/things/{id}': {
          parameters: [
            { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
            { name: 'page', in: 'query', schema: { type: 'string' } },
            { name: 'page', in: 'header', schema: { type: 'boolean' } },
          ],
          get: { parameters: [{ name: 'page', in: 'query', schema: { type: 'integer' } }] },
        },
      }),
    );
    expect(draft.plan.parameters.map(({ in: where, name }) => `${where} ${name}`)).toEqual([
      'path id',
      'query page',
      'header page',
    ]);
    expect(propertiesOf(draft.inputSchema)).toEqual({
      id: { type: 'string' },
      page: { type: 'integer' },
      page_header: { type: 'boolean' },
    });
  });

  it('keeps a path, a query, a header, a cookie and a body field of one name apart', () => {
    const locations = ['cookie', 'header', 'query', 'path'];
    const draft = onlyDraft(
      anOpenApi({
        '/things/{id}': {
          put: {
            parameters: locations.map((where) => ({ name: 'id', in: where, schema: {} })),
            requestBody: {
              required: true,
              content: { 'application/json': { schema: { properties: { id: {}, id_body: {} } } } },
            },
          },
        },
      }),
    );
    const names = draft.parameters.map(({ argument, location }) => `${location} ${argument}`);
    expect(names).toEqual([
      'PATH id',
      'QUERY id_query',
      'HEADER id_header',
      'COOKIE id_cookie',
      'BODY id_body',
      'BODY id_body_body',
    ]);
    expect(draft.plan.body?.fields?.map(({ name }) => name)).toEqual(['id', 'id_body']);
  });

  it.each([
    ['path', {}, { style: 'simple', explode: false }],
    ['path', { style: 'matrix', explode: true }, { style: 'matrix', explode: true }],
    ['path', { style: 'label' }, { style: 'label', explode: false }],
    ['query', {}, { style: 'form', explode: true }],
    ['query', { style: 'form', explode: false }, { style: 'form', explode: false }],
    ['query', { style: 'deepObject', explode: true }, { style: 'deepObject', explode: true }],
    ['query', { style: 'pipeDelimited' }, { style: 'pipeDelimited', explode: false }],
    ['query', { style: 'spaceDelimited' }, { style: 'spaceDelimited', explode: false }],
    ['query', { allowReserved: true }, { style: 'form', allowReserved: true }],
    ['header', {}, { style: 'simple', explode: false }],
    ['cookie', {}, { style: 'form', explode: true }],
  ])('sends a %s parameter with %j as %j', (where, given, expected) => {
    const draft = onlyDraft(
      withParameters([{ name: 'a', in: where, schema: {}, ...given }], '/things/{a}'),
    );
    const plan = draft.plan.parameters.find((item) => item.in === where);
    expect(plan).toMatchObject({ ...expected, contentType: null });
  });

  it('uses the usual style, with a problem, where a style does not fit the location', () => {
    const result = parse(withParameters([{ name: 'a', in: 'query', style: 'matrix', schema: {} }]));
    expect(result.drafts[0]?.plan.parameters[0]?.style).toBe('form');
    expect(codesOf(result)).toEqual(['INVALID_PARAMETER']);
  });

  it('takes a parameter that is described by content', () => {
    const content = { 'application/json': { schema: { type: 'object', required: ['x'] } } };
    const draft = onlyDraft(withParameters([{ name: 'filter', in: 'query', content }]));
    expect(draft.plan.parameters[0]).toMatchObject({ contentType: 'application/json' });
    expect(propertiesOf(draft.inputSchema).filter).toEqual({ type: 'object', required: ['x'] });
  });

  it('takes the whole query string of OpenAPI 3.2 as one input', () => {
    const content = { 'application/x-www-form-urlencoded': { schema: { type: 'object' } } };
    const draft = onlyDraft(
      withParameters([{ name: 'q', in: 'querystring', content }], '/a', { openapi: '3.2.0' }),
    );
    expect(draft.plan.parameters[0]).toMatchObject({ in: 'querystring', name: 'q' });
    expect(draft.parameters[0]).toMatchObject({ location: 'QUERY' });
  });

  it.each(['Authorization', 'content-type', 'ACCEPT'])(
    'ignores a header named %s, and says so',
    (name) => {
      const result = parse(withParameters([{ name, in: 'header', schema: {} }]));
      expect(result.drafts[0]?.plan.parameters).toEqual([]);
      expect(result.problems).toMatchObject([{ code: 'HEADER_IGNORED', severity: 'INFO' }]);
      expect(result.compatibilityScore).toBe(100);
    },
  );

  it('assumes a required string for a template variable that nobody declares', () => {
    const result = parse(withParameters([], '/files/{name}.{ext}'));
    const [draft] = result.drafts;
    expect(draft?.inputSchema).toMatchObject({
      properties: { name: { type: 'string' }, ext: { type: 'string' } },
      required: ['name', 'ext'],
    });
    expect(codesOf(result)).toEqual(['UNDECLARED_PATH_PARAMETER', 'UNDECLARED_PATH_PARAMETER']);
    expect(result.compatibilityScore).toBeLessThan(100);
  });

  it('leaves a path parameter out that the path has no place for, and says where it is', () => {
    const result = parse(withParameters([{ name: 'id', in: 'path', schema: {} }]));
    expect(result.drafts[0]?.plan.parameters).toEqual([]);
    expect(result.problems).toMatchObject([
      { code: 'UNUSED_PATH_PARAMETER', pointer: '/paths/~1things/get/parameters/0' },
    ]);
  });

  it.each([
    ['without a name', { in: 'query' }],
    ['in nowhere', { name: 'a', in: 'body' }],
    ['that is no object', 'page'],
  ])('leaves out a parameter %s, and keeps the others', (_, parameter) => {
    const result = parse(withParameters([parameter, { name: 'b', in: 'query', schema: {} }]));
    expect(result.drafts[0]?.plan.parameters.map(({ name }) => name)).toEqual(['b']);
    expect(result.problems).toMatchObject([
      { code: 'INVALID_PARAMETER', pointer: '/paths/~1things/get/parameters/0' },
    ]);
  });

  it('publishes type, default and description of an input', () => {
    const schema = { type: ['integer', 'null'], default: 10 };
    const draft = onlyDraft(
      withParameters([{ name: 'limit', in: 'query', description: 'How many.', schema }]),
    );
    expect(draft.parameters).toEqual([
      {
        name: 'limit',
        argument: 'limit',
        type: 'integer',
        location: 'QUERY',
        required: false,
        defaultValue: '10',
        description: 'How many.',
        schema: { type: ['integer', 'null'], default: 10, description: 'How many.' },
      },
    ]);
    expect(draft.plan.parameters[0]?.default).toBe(10);
  });

  it('never lets a parameter reach the prototype of an object', () => {
    const names = ['__proto__', 'constructor', 'prototype'];
    const text = JSON.stringify(
      withParameters(names.map((name) => ({ name, in: 'query', schema: { type: 'string' } }))),
    );
    const draft = onlyDraft(text);
    expect(draft.plan.parameters.map(({ argument }) => argument)).toEqual(
      names.map((name) => `${name}_query`),
    );
    expect(({} as Record<string, unknown>).type).toBeUndefined();
    validatorOf(draft.inputSchema);
  });
});

describe('parameters of Swagger 2.0', () => {
  it.each([
    ['query', undefined, { style: 'form', explode: false }],
    ['query', 'csv', { style: 'form', explode: false }],
    ['query', 'ssv', { style: 'spaceDelimited', explode: false }],
    ['query', 'tsv', { style: 'tabDelimited', explode: false }],
    ['query', 'pipes', { style: 'pipeDelimited', explode: false }],
    ['query', 'multi', { style: 'form', explode: true }],
    ['header', 'csv', { style: 'simple', explode: false }],
    ['path', 'csv', { style: 'simple', explode: false }],
  ])('sends a %s list in collectionFormat %s as %j', (where, collectionFormat, expected) => {
    const parameter = {
      name: 'a',
      in: where,
      type: 'array',
      items: { type: 'string' },
      collectionFormat,
    };
    const draft = onlyDraft(aSwagger({ '/things/{a}': { get: { parameters: [parameter] } } }));
    const plan = draft.plan.parameters.find((item) => item.in === where);
    expect(plan).toMatchObject(expected);
  });

  it('reads the schema that a parameter is', () => {
    const parameter = {
      name: 'size',
      in: 'query',
      required: true,
      type: 'integer',
      minimum: 1,
      exclusiveMinimum: true,
      maximum: 9,
      enum: [2, 3],
      description: 'The size.',
    };
    const draft = onlyDraft(aSwagger({ '/things': { get: { parameters: [parameter] } } }));
    expect(draft.inputSchema).toEqual({
      type: 'object',
      properties: {
        size: {
          type: 'integer',
          exclusiveMinimum: 1,
          maximum: 9,
          enum: [2, 3],
          description: 'The size.',
        },
      },
      required: ['size'],
      additionalProperties: false,
    });
  });
});

it('describes an input by the definition that it refers to, where it says nothing itself', () => {
  const description = 'A long description. '.repeat(20);
  const draft = onlyDraft(
    withParameters([{ name: 'a', in: 'query', schema: { $ref: '#/components/schemas/A' } }], '/a', {
      components: { schemas: { A: { type: 'integer', description } } },
    }),
  );
  expect(draft.parameters[0]).toMatchObject({
    type: 'integer',
    description,
    schema: { title: 'A' },
  });
});

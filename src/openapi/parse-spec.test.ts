import { describe, expect, it } from 'vitest';
import {
  anOpenApi,
  codesOf,
  onlyDraft,
  parse,
  propertiesOf,
  validatorOf,
  withBody,
} from '../../test/support/specs.js';

describe('operations', () => {
  it('become tools for every method, HEAD, OPTIONS and TRACE included', () => {
    const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];
    const item = Object.fromEntries(methods.map((method) => [method, {}]));
    const { drafts } = parse(anOpenApi({ '/a': item }));
    expect(drafts.map(({ method }) => method)).toEqual(methods.map((name) => name.toUpperCase()));
    const readers = drafts.filter(({ readOnly }) => readOnly).map(({ method }) => method);
    expect(readers).toEqual(['GET', 'OPTIONS', 'HEAD', 'TRACE']);
  });

  it('include QUERY and the additional ones of OpenAPI 3.2', () => {
    const item = { query: {}, additionalOperations: { COPY: { operationId: 'copy' }, notify: {} } };
    const { drafts } = parse(anOpenApi({ '/a': item }, { openapi: '3.2.0' }));
    expect(drafts.map(({ method, name }) => `${method} ${name}`)).toEqual([
      'QUERY query_a',
      'COPY copy',
      'NOTIFY notify_a',
    ]);
  });

  it('keep what the document says of them', () => {
    const operation = {
      operationId: 'listThings',
      summary: 'List.',
      description: 'All of them.',
      tags: ['things'],
      deprecated: true,
    };
    expect(onlyDraft(anOpenApi({ '/a': { get: operation } }))).toMatchObject({
      name: 'listThings',
      operationId: 'listThings',
      method: 'GET',
      path: '/a',
      pointer: '/paths/~1a/get',
      summary: 'List.',
      description: 'List.\n\nAll of them.',
      tags: ['things'],
      deprecated: true,
      readOnly: true,
    });
  });

  it('that share an operationId have none, each with a located problem', () => {
    const result = parse(
      anOpenApi({ '/a': { get: { operationId: 'x' } }, '/b': { get: { operationId: 'x' } } }),
    );
    expect(result.drafts.map(({ name, operationId }) => [name, operationId])).toEqual([
      ['get_a', null],
      ['get_b', null],
    ]);
    expect(result.problems.map(({ code, pointer }) => `${code} ${pointer}`)).toEqual([
      'DUPLICATE_OPERATION_ID /paths/~1a/get/operationId',
      'DUPLICATE_OPERATION_ID /paths/~1b/get/operationId',
    ]);
  });

  it('that are none are skipped with a reason, and the others stay', () => {
    const item = { get: null, post: [], put: { operationId: 'fine' } };
    const result = parse(anOpenApi({ '/a': item, '/b': 'nothing', 'x-more': {} }));
    expect(result.drafts.map(({ name }) => name)).toEqual(['fine']);
    expect(result.skipped).toMatchObject([
      { method: 'GET', reason: 'INVALID_OPERATION', pointer: '/paths/~1a/get' },
      { method: 'POST', reason: 'INVALID_OPERATION', pointer: '/paths/~1a/post' },
    ]);
    expect(codesOf(result)).toContain('INVALID_PATH_ITEM');
  });
});

describe('the compatibility score', () => {
  it('is 100 where nothing is lost, and the sum of deductions off it elsewhere', () => {
    expect(parse(anOpenApi({ '/a': { get: {} } }))).toMatchObject({
      compatibilityScore: 100,
      deductions: [],
    });
    const result = parse(
      anOpenApi({
        '/a/{id}': { get: {} },
        '/b': {
          post: { requestBody: { content: { 'application/json': { schema: { pattern: '(' } } } } },
        },
        '/c': { get: 5 },
      }),
    );
    const points = result.deductions.reduce((sum, deduction) => sum + deduction.points, 0);
    expect(result.compatibilityScore).toBe(100 - points);
    const codes = new Set(codesOf(result));
    for (const { code, points: taken } of result.deductions) {
      expect(codes).toContain(code);
      expect(taken).toBeGreaterThanOrEqual(1);
    }
    expect(result.deductions).toHaveLength(3);
  });

  it('never goes below 0', () => {
    const broken = { $ref: '#/nope' };
    const operation = {
      parameters: [broken, { name: 'x', in: 'nowhere' }, { name: 'p', in: 'path', schema: broken }],
      requestBody: {},
      responses: [],
      security: [{ nope: [] }, 5],
      servers: [{}],
    };
    const result = parse(anOpenApi({ 'a/{id}': { get: operation, post: 5 }, '/b': 5 }));
    const points = result.deductions.reduce((sum, deduction) => sum + deduction.points, 0);
    expect(points).toBe(100 - result.compatibilityScore);
    expect(result.compatibilityScore).toBeGreaterThanOrEqual(0);
    expect(result.compatibilityScore).toBeLessThan(30);
  });
});

describe('hostile documents', () => {
  it('do not reach prototypes by the names of paths, schemas or properties', () => {
    const text = JSON.stringify(
      withBody(
        {
          properties: {
            constructor: { type: 'string' },
            a: { $ref: '#/components/schemas/toString' },
          },
          required: ['constructor'],
        },
        { components: { schemas: { toString: { type: 'integer' } } } },
      ),
    ).replace('"properties":{', '"properties":{"__proto__":{"polluted":true},');
    const draft = onlyDraft(text);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(propertiesOf(draft.inputSchema))).toBe(Object.prototype);
    expect(propertiesOf(draft.inputSchema).a).toEqual({ type: 'integer' });
    expect(draft.plan.body?.fields?.map(({ name }) => name)).toContain('constructor');
    validatorOf(draft.inputSchema);
  });

  it.each([
    ['100', 100, []],
    ['200', 200, ['TOO_DEEP']],
    ['5,000', 5_000, ['DOCUMENT_TOO_DEEP']],
  ])('may nest schemas %s deep', (_, depth, codes) => {
    const open = '{"type":"object","properties":{"a":'.repeat(depth);
    const close = '}}'.repeat(depth);
    const result = parse(JSON.stringify(withBody('HERE')).replace('"HERE"', `${open}{}${close}`));
    expect(codesOf(result)).toEqual(codes);
    for (const { inputSchema } of result.drafts) validatorOf(inputSchema);
  });

  it('may chain 5,000 references', () => {
    const schemas: Record<string, unknown> = {};
    for (let at = 0; at < 5_000; at += 1) {
      const next = { $ref: `#/components/schemas/S${at + 1}` };
      schemas[`S${at}`] = { type: 'object', properties: { next }, description: 'd'.repeat(50) };
    }
    schemas.S5000 = { type: 'string' };
    const result = parse(
      withBody(
        { properties: { a: { $ref: '#/components/schemas/S0' } } },
        { components: { schemas } },
      ),
    );
    expect(codesOf(result)).toEqual(['SCHEMA_PRUNED']);
  });

  it('may have more operations than are read: the rest are skipped, none in silence', () => {
    const paths: Record<string, unknown> = {};
    for (let at = 0; at < 50_000; at += 1) paths[`/p${at}`] = { get: { operationId: `op${at}` } };
    const result = parse(anOpenApi(paths));
    expect(result.drafts).toHaveLength(20_000);
    expect(result.skipped).toHaveLength(30_000);
    expect(result.skipped.at(-1)).toMatchObject({
      path: '/p49999',
      reason: 'LIMIT_EXCEEDED',
      pointer: '/paths/~1p49999/get',
    });
    expect(result.problems.some(({ code }) => code === 'LIMIT_EXCEEDED')).toBe(true);
    expect(result.compatibilityScore).toBeLessThan(100);
  });

  it('may have schemas without end, as far as the budget of parts goes', () => {
    const wide = Object.fromEntries(
      Array.from({ length: 500 }, (_, at) => [`p${at}`, { type: 'string' }]),
    );
    const result = parse(withBody({ properties: wide }), {}, { maxSchemaNodes: 100 });
    expect(Object.keys(propertiesOf(result.drafts[0]?.inputSchema ?? {}))).toHaveLength(500);
    expect(result.problems).toMatchObject([{ code: 'LIMIT_EXCEEDED', severity: 'WARNING' }]);
  });

  it('may have an enum of 100,000 values', () => {
    const values = Array.from({ length: 100_000 }, (_, at) => `value ${at}`);
    const result = parse(withBody({ properties: { a: { type: 'string', enum: values } } }));
    expect(codesOf(result)).toEqual(['SCHEMA_PRUNED']);
    expect(JSON.stringify(result.drafts[0]?.inputSchema).length).toBeLessThan(49_152);
  });

  it('may have problems without end: they are listed up to a limit and counted beyond it', () => {
    const paths: Record<string, unknown> = {};
    for (let at = 0; at < 40; at += 1) paths[`/p${at}/{id}`] = { get: {} };
    const result = parse(anOpenApi(paths), {}, { maxProblemsPerCode: 10 });
    expect(result.problems).toHaveLength(11);
    expect(result.problems.at(-1)).toMatchObject({
      code: 'MORE_PROBLEMS',
      message: expect.stringContaining('30 more'),
    });
  });

  it('may have script in their texts, which stays text and is told', () => {
    const info = { title: 'T', description: '<script>alert(1)</script>' };
    const result = parse(anOpenApi({ '/a': { get: {} } }, { info }));
    expect(result.problems).toMatchObject([
      { code: 'MARKUP_IN_TEXT', pointer: '/info/description' },
    ]);
  });
});

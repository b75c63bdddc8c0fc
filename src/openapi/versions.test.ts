import { describe, expect, it } from 'vitest';
import { anOpenApi, aSwagger, codesOf, parse } from '../../test/support/specs.js';

describe('telling what a document is', () => {
  it.each(['3.0.0', '3.0.3', '3.1.0', '3.1.2', '3.2.0', '3.1'])('reads OpenAPI %s', (openapi) => {
    const result = parse(anOpenApi({ '/a': { get: {} } }, { openapi }));
    expect(result).toMatchObject({ valid: true, specVersion: openapi });
    expect(result.drafts).toHaveLength(1);
  });

  it.each(['openapi: 3.0', 'openapi: 3.1', 'swagger: 2.0', 'swagger: "2.0"', 'swagger: "2"'])(
    'reads the version of "%s"',
    (line) => {
      const result = parse(`${line}\ninfo: {title: T, version: "1"}\npaths: {/a: {get: {}}}\n`);
      expect(result.drafts).toHaveLength(1);
    },
  );

  it.each([
    ['a version to come', { openapi: '4.0.0', paths: {} }, 'UNSUPPORTED_VERSION', '/openapi'],
    [
      'a version that never was',
      { openapi: '3.5.0', paths: {} },
      'UNSUPPORTED_VERSION',
      '/openapi',
    ],
    ['an old version', { swagger: '1.2', paths: {} }, 'UNSUPPORTED_VERSION', '/swagger'],
    ['no version', { paths: {} }, 'NOT_A_SPEC', ''],
    ['an AsyncAPI document', { asyncapi: '2.0.0', channels: {} }, 'NOT_A_SPEC', ''],
    ['a list', [1, 2], 'NOT_A_SPEC', ''],
    ['an OpenAPI 3.0 document without paths', { openapi: '3.0.0', info: {} }, 'MISSING_PATHS', ''],
    [
      'a document whose paths are a list',
      { openapi: '3.1.0', paths: [] },
      'MISSING_PATHS',
      '/paths',
    ],
  ])('refuses %s with a located problem', (_, document, code, pointer) => {
    const result = parse(document);
    expect(result).toMatchObject({ valid: false, drafts: [], compatibilityScore: 0 });
    expect(result.problems).toMatchObject([{ code, pointer, severity: 'ERROR' }]);
    expect(result.deductions).toMatchObject([{ code, points: 100 }]);
  });

  it.each([
    ['a web page', '<!DOCTYPE html><html><body>Sign in</body></html>'],
    ['nothing', ''],
    ['a cut-off document', '{"openapi": "3.1.0", "paths": {'],
    ['bytes', new Uint8Array([0, 1, 2, 255, 254, 0])],
  ])('refuses %s without throwing', (_, body) => {
    const result = parse('', { body });
    expect(result.valid).toBe(false);
    expect(result.problems[0]?.message).toMatch(/\.$/);
  });

  it('reads a document that has only webhooks, and says that nothing becomes a tool', () => {
    const result = parse({ openapi: '3.1.0', info: {}, webhooks: { ping: { post: {} } } });
    expect(result).toMatchObject({ valid: true, drafts: [], compatibilityScore: 100 });
    expect(codesOf(result)).toEqual(['NO_OPERATIONS']);
  });

  it('reads a document with a byte order mark', () => {
    const result = parse(`\uFEFF${JSON.stringify(aSwagger({ '/a': { get: {} } }))}`);
    expect(result.drafts).toHaveLength(1);
  });

  it('tells the line of a problem', () => {
    const result = parse('swagger: "2.0"\npaths:\n  /a:\n    get: nonsense\n');
    expect(result.skipped).toMatchObject([
      { method: 'GET', path: '/a', reason: 'INVALID_OPERATION', pointer: '/paths/~1a/get' },
    ]);
    expect(result.problems).toMatchObject([{ pointer: '/paths/~1a/get', line: 4 }]);
  });
});

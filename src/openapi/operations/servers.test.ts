import { describe, expect, it } from 'vitest';
import { anOpenApi, aSwagger, codesOf, parse } from '../../../test/support/specs.js';

const url = 'https://specs.test/api/v1/openapi.json';

function serversOf(document: unknown, from: string | null = url): string[] | undefined {
  return parse(document, { url: from }).drafts[0]?.plan.servers.map((server) => server.url);
}

function withServers(servers: unknown, item: object = {}, operation: object = {}) {
  return anOpenApi({ '/a': { ...item, get: operation } }, { servers });
}

describe('servers of OpenAPI 3', () => {
  it.each([
    ['absolute', 'https://api.test/v2/', 'https://api.test/v2'],
    ['from the root', '/v2', 'https://specs.test/v2'],
    ['relative', './v2', 'https://specs.test/api/v1/v2'],
    ['without a scheme', '//api.test/v2', 'https://api.test/v2'],
    ['just a slash', '/', 'https://specs.test'],
    ['with variables', 'https://{region}.api.test/{base}', 'https://{region}.api.test/{base}'],
    ['relative with variables', '/{base}', 'https://specs.test/{base}'],
  ])('are resolved against the document: %s', (_, given, expected) => {
    const variables = { region: { default: 'eu' }, base: { default: 'v2' } };
    expect(serversOf(withServers([{ url: given, variables }]))).toEqual([expected]);
  });

  it('are those of the operation, else of the path, else of the document', () => {
    const [own, shared, common] = ['own', 'shared', 'common'].map((name) => [
      { url: `https://${name}.test` },
    ]);
    expect(serversOf(withServers(common, { servers: shared }, { servers: own }))).toEqual([
      'https://own.test',
    ]);
    expect(serversOf(withServers(common, { servers: shared }))).toEqual(['https://shared.test']);
    expect(serversOf(withServers(common))).toEqual(['https://common.test']);
  });

  it('keep every one of several, and the choices of variables', () => {
    const variables = { env: { enum: ['live', 'test'], default: 'test', description: 'Which.' } };
    const servers = [{ url: 'https://{env}.a.test', variables }, { url: 'https://b.test' }];
    expect(parse(withServers(servers)).drafts[0]?.plan.servers).toEqual([
      { url: 'https://{env}.a.test', variables },
      { url: 'https://b.test', variables: {} },
    ]);
  });

  it('are the place of the document where it names none', () => {
    expect(serversOf(withServers(undefined))).toEqual(['https://specs.test']);
  });

  it('that are relative in a document without a URL need a base URL, which is a problem', () => {
    const result = parse(withServers([{ url: '/v2' }]), { url: null });
    expect(result.servers).toEqual([{ url: '/v2', variables: {} }]);
    expect(result.problems).toMatchObject([{ code: 'NO_SERVER', pointer: '/servers/0' }]);
  });

  it('that are nowhere in a document without a URL are a problem of the whole document', () => {
    const result = parse(withServers(undefined), { url: null });
    expect(result.problems).toMatchObject([{ code: 'NO_SERVER', pointer: '' }]);
  });

  it.each([
    ['another scheme', [{ url: 'wss://api.test' }]],
    ['no address', [{}]],
    ['an undeclared variable', [{ url: 'https://{env}.test' }]],
    ['a variable without default', [{ url: 'https://a.test', variables: { env: {} } }]],
    ['no list', {}],
  ])('with %s are a problem', (_, servers) => {
    expect(codesOf(parse(withServers(servers), { url }))).toEqual(['INVALID_SERVER']);
  });
});

describe('servers of Swagger 2.0', () => {
  it.each([
    [
      { host: 'a.test', basePath: '/v1', schemes: ['http', 'https'] },
      ['https://a.test/v1', 'http://a.test/v1'],
    ],
    [{ host: 'a.test', basePath: '/' }, ['https://a.test']],
    [{ host: 'a.test:8080', basePath: 'v1/', schemes: ['wss'] }, ['https://a.test:8080/v1']],
    [{ host: undefined, basePath: '/v1' }, ['https://specs.test/v1']],
  ])('are made of %j', (extra, expected) => {
    expect(serversOf(aSwagger({ '/a': { get: {} } }, extra))).toEqual(expected);
  });

  it('follow the schemes of an operation', () => {
    expect(serversOf(aSwagger({ '/a': { get: { schemes: ['http'] } } }))).toEqual([
      'http://api.example.com',
    ]);
  });

  it('without a host and a URL of the document need a base URL, which is a problem', () => {
    const result = parse(aSwagger({ '/a': { get: {} } }, { host: undefined, basePath: '/v1' }));
    expect(result.servers).toEqual([{ url: '/v1', variables: {} }]);
    expect(result.problems).toMatchObject([{ code: 'NO_SERVER', pointer: '' }]);
  });
});

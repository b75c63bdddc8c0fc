import { describe, expect, it } from 'vitest';
import { anOpenApi, aSwagger, codesOf, parse } from '../../../test/support/specs.js';

const components = {
  securitySchemes: {
    key: { type: 'apiKey', in: 'query', name: 'api_key' },
    token: { type: 'http', scheme: 'bearer' },
    again: { $ref: '#/components/securitySchemes/token' },
  },
};

function securityOf(operation: object, extra: object = {}) {
  const result = parse(anOpenApi({ '/a': { get: operation } }, { components, ...extra }));
  return result.drafts[0]?.plan.security;
}

describe('security requirements', () => {
  it.each([
    ['nothing', {}, {}, []],
    ["the document's", {}, { security: [{ key: [] }] }, [{ key: [] }]],
    ['none, where the operation says []', { security: [] }, { security: [{ key: [] }] }, []],
    ['one of two', { security: [{ key: [] }, { token: [] }] }, {}, [{ key: [] }, { token: [] }]],
    ['two together', { security: [{ key: [], token: ['a'] }] }, {}, [{ key: [], token: ['a'] }]],
    ['none or one', { security: [{}, { key: [] }] }, {}, [{}, { key: [] }]],
  ])('are %s', (_, operation, extra, expected) => {
    expect(securityOf(operation, extra)).toEqual(expected);
  });

  it('that name an unknown scheme are kept, with a located problem', () => {
    const result = parse(
      anOpenApi({ '/a': { get: { security: [{ nope: [] }] } } }, { components }),
    );
    expect(result.drafts[0]?.plan.security).toEqual([{ nope: [] }]);
    expect(result.problems).toMatchObject([
      { code: 'UNKNOWN_SECURITY_SCHEME', pointer: '/paths/~1a/get/security/0/nope' },
    ]);
  });

  it('that are no objects are a located problem', () => {
    const result = parse(anOpenApi({ '/a': { get: { security: ['key'] } } }, { components }));
    expect(result.problems).toMatchObject([
      { code: 'INVALID_SECURITY', pointer: '/paths/~1a/get/security/0' },
    ]);
  });
});

describe('security schemes', () => {
  it('are kept, references followed', () => {
    const { securitySchemes } = parse(anOpenApi({ '/a': { get: {} } }, { components }));
    expect(securitySchemes).toEqual({
      ...components.securitySchemes,
      again: components.securitySchemes.token,
    });
  });

  it('of 2.0 are converted', () => {
    const oauth = { type: 'oauth2', scopes: { read: 'Read' } };
    const [authorizationUrl, tokenUrl] = ['https://a.test/auth', 'https://a.test/token'];
    const securityDefinitions = {
      basic: { type: 'basic', description: 'Name and password.' },
      key: { type: 'apiKey', in: 'header', name: 'X-Key' },
      implicit: { ...oauth, flow: 'implicit', authorizationUrl },
      code: { ...oauth, flow: 'accessCode', authorizationUrl, tokenUrl },
      app: { ...oauth, flow: 'application', tokenUrl },
    };
    const { scopes } = oauth;
    const { securitySchemes } = parse(aSwagger({ '/a': { get: {} } }, { securityDefinitions }));
    expect(securitySchemes).toEqual({
      basic: { type: 'http', scheme: 'basic', description: 'Name and password.' },
      key: securityDefinitions.key,
      implicit: { type: 'oauth2', flows: { implicit: { authorizationUrl, scopes } } },
      code: {
        type: 'oauth2',
        flows: { authorizationCode: { authorizationUrl, tokenUrl, scopes } },
      },
      app: { type: 'oauth2', flows: { clientCredentials: { tokenUrl, scopes } } },
    });
  });

  it('of an unknown type are left out with a problem', () => {
    const securitySchemes = { odd: { type: true }, list: [] };
    const result = parse(anOpenApi({ '/a': { get: {} } }, { components: { securitySchemes } }));
    expect(result.securitySchemes).toEqual({});
    expect(codesOf(result).filter((code) => code === 'INVALID_SECURITY')).toHaveLength(2);
  });
});

import { describe, expect, it } from 'vitest';
import { applyCredentials, chooseSecurity, type SecurityInput } from './apply-credentials.js';
import type { PlannedRequest } from './call-types.js';
import type { Credential } from './credential.js';

const origin = 'https://api.example';

const schemes: SecurityInput['schemes'] = {
  key: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
  queryKey: { type: 'apiKey', in: 'query', name: 'api key' },
  cookieKey: { type: 'apiKey', in: 'cookie', name: 'sid' },
  basic: { type: 'http', scheme: 'Basic' },
  bearer: { type: 'http', scheme: 'bearer' },
  digest: { type: 'http', scheme: 'GNAP' },
  oauth: { type: 'oauth2', flows: {} },
  oidc: { type: 'openIdConnect', openIdConnectUrl: 'https://id.example' },
  mtls: { type: 'mutualTLS' },
};

function aRequest(overrides: Partial<PlannedRequest> = {}): PlannedRequest {
  return { method: 'GET', url: `${origin}/a?b=1`, headers: {}, body: null, ...overrides };
}

function anInput(
  security: string[][],
  credentials: Credential[],
  overrides: Partial<SecurityInput> = {},
): SecurityInput {
  const requirements = security.map((names) => Object.fromEntries(names.map((name) => [name, []])));
  return {
    plan: { security: requirements },
    schemes,
    credentials: new Map(credentials.map((credential) => [credential.scheme, credential])),
    storedHeaders: {},
    origin,
    ...overrides,
  };
}

function key(scheme: string, value = `${scheme}-secret`): Credential {
  return { scheme, kind: 'apiKey', value };
}

function refusalOf(request: PlannedRequest, input: SecurityInput): unknown {
  try {
    applyCredentials(request, input);
  } catch (error) {
    return error;
  }
  return null;
}

describe('a scheme is served', () => {
  it.each<[string, Credential, Partial<PlannedRequest>]>([
    ['a header key', key('key'), { headers: { 'X-Api-Key': 'key-secret' } }],
    ['a query key', key('queryKey', "a b&c'"), { url: `${origin}/a?b=1&api%20key=a%20b%26c%27` }],
    ['a cookie key', key('cookieKey', 'a;b c'), { headers: { cookie: 'sid=a%3Bb%20c' } }],
    [
      'basic, in UTF-8',
      { scheme: 'basic', kind: 'basic', username: 'jö', password: 'pä:ss' },
      { headers: { Authorization: `Basic ${Buffer.from('jö:pä:ss').toString('base64')}` } },
    ],
    [
      'basic without password',
      { scheme: 'basic', kind: 'basic', username: 'key_1' },
      { headers: { Authorization: `Basic ${Buffer.from('key_1:').toString('base64')}` } },
    ],
    [
      'bearer',
      { scheme: 'bearer', kind: 'bearer', value: 't0ken' },
      { headers: { Authorization: 'Bearer t0ken' } },
    ],
    [
      'bearer, given as the whole header',
      { scheme: 'bearer', kind: 'bearer', value: 'bearer t0ken' },
      { headers: { Authorization: 'bearer t0ken' } },
    ],
    [
      'another HTTP scheme',
      { scheme: 'digest', kind: 'bearer', value: 'x="y"' },
      { headers: { Authorization: 'GNAP x="y"' } },
    ],
    [
      'OAuth with a token',
      { scheme: 'oauth', kind: 'oauth2', value: 't0ken' },
      { headers: { Authorization: 'Bearer t0ken' } },
    ],
    [
      'OpenID Connect',
      { scheme: 'oidc', kind: 'bearer', value: 't0ken' },
      { headers: { Authorization: 'Bearer t0ken' } },
    ],
  ])('%s', (_, credential, expected) => {
    const { request } = applyCredentials(aRequest(), anInput([[credential.scheme]], [credential]));
    expect(request).toEqual(aRequest(expected));
  });

  it('by client credentials only once there is a token', () => {
    const credential: Credential = {
      scheme: 'oauth',
      kind: 'oauth2',
      clientId: 'c',
      clientSecret: 's3cret',
      tokenUrl: 'https://id.example/token',
    };
    const input = anInput([['oauth']], [credential]);
    expect(chooseSecurity(aRequest(), input).placements).toMatchObject([
      { scheme: 'oauth', value: null, grant: { credential, scopes: [] } },
    ]);
    expect(refusalOf(aRequest(), input)).toMatchObject({ code: 'INTERNAL' });
  });
});

describe('of the alternatives', () => {
  it('the first that is fully served wins', () => {
    const credentials = [key('key'), key('cookieKey'), key('queryKey')];
    const input = anInput(
      [['mtls'], ['key', 'bearer'], ['key', 'cookieKey'], ['queryKey']],
      credentials,
    );
    expect(applyCredentials(aRequest(), input).request).toEqual(
      aRequest({ headers: { 'X-Api-Key': 'key-secret', cookie: 'sid=cookieKey-secret' } }),
    );
  });

  it.each<[string, string[][], Credential[], Record<string, string>]>([
    ['nothing asked for: nothing sent', [], [key('key')], {}],
    ['an empty one is served by nothing', [[]], [], {}],
    [
      'an optional one is served where it can be',
      [[], ['key']],
      [key('key')],
      { 'X-Api-Key': 'key-secret' },
    ],
    ['an optional one may be left', [['key'], []], [], {}],
  ])('%s', (_, security, credentials, headers) => {
    expect(applyCredentials(aRequest(), anInput(security, credentials)).request.headers).toEqual(
      headers,
    );
  });

  it('none that needs one place twice is served', () => {
    const credentials: Credential[] = [
      { scheme: 'bearer', kind: 'bearer', value: 'x' },
      { scheme: 'basic', kind: 'basic', username: 'u' },
    ];
    expect(refusalOf(aRequest(), anInput([['bearer', 'basic']], credentials))).toMatchObject({
      code: 'NOT_CONFIGURED',
      message: expect.stringContaining('"basic" needs the header "Authorization"'),
    });
  });

  it('each that is not served is explained', () => {
    const input = anInput(
      [['key'], ['bearer', 'mtls'], ['unheard'], ['queryKey']],
      [{ scheme: 'queryKey', kind: 'basic', username: 'u' }],
    );
    expect(refusalOf(aRequest(), input)).toMatchObject({
      code: 'NOT_CONFIGURED',
      message:
        'The operation needs the credentials "key", or "bearer" together with "mtls", or "unheard", or "queryKey": ' +
        '"key" (an API key in the header "X-Api-Key") has no stored credential; ' +
        '"bearer" (HTTP bearer) has no stored credential; ' +
        '"mtls" is mutual TLS, which is not supported; ' +
        '"unheard" is not declared in the document; ' +
        '"queryKey" (an API key in the query "api key") has a stored credential of another kind, "basic".',
      details: { schemes: ['key', 'bearer', 'mtls', 'unheard', 'queryKey'] },
    });
  });
});

describe('stored headers', () => {
  it('go along whatever the operation asks for, and win over schemes and arguments', () => {
    const input = anInput(
      [['key', 'basic']],
      [key('key'), { scheme: 'basic', kind: 'basic', username: 'u' }],
      {
        storedHeaders: { authorization: 'Custom abcdef', 'X-Tenant': 'acme' },
      },
    );
    const request = aRequest({ headers: { 'x-tenant': 'evil', Accept: '*/*' } });
    expect(applyCredentials(request, input).request.headers).toEqual({
      Accept: '*/*',
      'X-Api-Key': 'key-secret',
      authorization: 'Custom abcdef',
      'X-Tenant': 'acme',
    });
  });

  it.each([
    ['the header of the scheme', { 'x-api-key': 'abcdef' }, true],
    ['another that has the name of a credential', { 'X-Auth-Token': 'abcdef' }, true],
    ['one that is none', { 'X-Tenant': 'acme' }, false],
  ])('serve a scheme without credential: %s', (_, storedHeaders, isServed) => {
    const refusal = refusalOf(aRequest(), anInput([['key']], [], { storedHeaders }));
    expect(refusal === null).toBe(isServed);
  });

  it('keep the cookies of other names', () => {
    const input = anInput([['cookieKey']], [key('cookieKey')], {
      storedHeaders: { Cookie: 'a=stored; b=2' },
    });
    const request = aRequest({ headers: { cookie: 'a=argument; sid=argument; c=3' } });
    expect(applyCredentials(request, input).request.headers).toEqual({
      Cookie: 'c=3; sid=cookieKey-secret; a=stored; b=2',
    });
  });
});

describe('a credential replaces what an argument put in its place', () => {
  it.each([
    [`${origin}/a?api%20key=evil&b=1`, `${origin}/a?b=1&api%20key=s3cret`],
    [`${origin}/a?api+key=evil&api%20key=more`, `${origin}/a?api%20key=s3cret`],
    [`${origin}/a?x=%zz&b=%2B`, `${origin}/a?x=%zz&b=%2B&api%20key=s3cret`],
    [`${origin}/a`, `${origin}/a?api%20key=s3cret`],
  ])('%s → %s', (url, expected) => {
    const input = anInput([['queryKey']], [key('queryKey', 's3cret')]);
    expect(applyCredentials(aRequest({ url }), input).request.url).toBe(expected);
  });

  it('in headers of any case', () => {
    const request = aRequest({ headers: { 'x-api-KEY': 'evil' } });
    const input = anInput([['key']], [key('key')]);
    expect(applyCredentials(request, input).request.headers).toEqual({ 'X-Api-Key': 'key-secret' });
  });
});

describe('another origin than that of the credentials', () => {
  const elsewhere = [
    'http://api.example/a',
    'https://api.example:8443/a',
    'https://api.example.evil.example/',
  ];

  it.each(elsewhere)('gets none of them: %s', (url) => {
    const input = anInput([['key']], [key('key')], { storedHeaders: { 'X-Auth-Token': 'abcdef' } });
    expect(refusalOf(aRequest({ url }), input)).toMatchObject({
      code: 'NOT_CONFIGURED',
      message:
        `The operation needs the credentials "key": "key" has a credential that was given for ${origin}, ` +
        `and the request goes to ${new URL(url).origin}; ` +
        `the stored headers were given for ${origin}, not for ${new URL(url).origin}.`,
    });
  });

  it('gets a request without them where none is needed', () => {
    const request = aRequest({ url: 'https://files.example/a' });
    const input = anInput([[], ['key']], [key('key')], {
      storedHeaders: { Authorization: 'abcdef' },
    });
    expect(applyCredentials(request, input).request).toEqual(request);
  });

  it('gets a credential of its own', () => {
    const request = aRequest({ url: 'https://files.example/a' });
    const credential = { ...key('key'), origin: 'https://files.example' };
    expect(applyCredentials(request, anInput([['key']], [credential])).request.headers).toEqual({
      'X-Api-Key': 'key-secret',
    });
    expect(refusalOf(aRequest(), anInput([['key']], [credential]))).not.toBeNull();
  });

  it('is every origin where headers were given for none', () => {
    const input = anInput([], [], { storedHeaders: { Authorization: 'abcdef' }, origin: null });
    expect(applyCredentials(aRequest(), input).request.headers).toEqual({});
  });
});

it('tells every text that nobody may read, also of what was not sent', () => {
  const input = anInput(
    [],
    [
      key('key', 'k-value'),
      { scheme: 'basic', kind: 'basic', username: 'user', password: 'p-value' },
      {
        scheme: 'oauth',
        kind: 'oauth2',
        clientId: 'id',
        clientSecret: 'c-value',
        tokenUrl: 'https://x',
      },
    ],
    { storedHeaders: { Authorization: `Basic ${Buffer.from('u:h-value').toString('base64')}` } },
  );
  expect(applyCredentials(aRequest(), input).secrets.sort()).toEqual(
    [
      'k-value',
      'p-value',
      'c-value',
      'h-value',
      Buffer.from('user:p-value').toString('base64'),
      Buffer.from('id:c-value').toString('base64'),
      Buffer.from('u:h-value').toString('base64'),
      `Basic ${Buffer.from('u:h-value').toString('base64')}`,
    ].sort(),
  );
});

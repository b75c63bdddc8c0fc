import { describe, expect, it } from 'vitest';
import { planRequest } from '../../src/calls/plan-request.js';
import { AppError } from '../../src/errors.js';
import type { BodyPlan, ParameterPlan } from '../../src/openapi/types.js';
import { aBody, anEndpoint, aParameter } from '../support/callable.js';
import { parseMultipart } from '../support/parse-multipart.js';

type Given = { parameters?: ParameterPlan[]; body?: BodyPlan; path?: string };

function plan(given: Given, args: Record<string, unknown>) {
  return planRequest(anEndpoint(given), args);
}

/** The issues of the refusal; fails where nothing is refused. */
function refusal(given: Given, args: Record<string, unknown>) {
  try {
    plan(given, args);
  } catch (error) {
    if (error instanceof AppError) return { code: error.code, issues: error.details.issues ?? [] };
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('a value in a path', () => {
  const parameters = [aParameter({ name: 'id', in: 'path' })];
  const path = '/users/{id}/posts';

  it.each([
    ['a slash', 'a/b', 'a%2Fb'],
    ['an encoded slash', 'a%2Fb', 'a%252Fb'],
    ['a backslash', 'a\\b', 'a%5Cb'],
    ['a query', 'a?admin=1', 'a%3Fadmin%3D1'],
    ['a fragment', 'a#b', 'a%23b'],
    ['userinfo', '@evil.test', '%40evil.test'],
    ['a host', '//evil.test', '%2F%2Fevil.test'],
    ['a scheme', 'https://evil.test', 'https%3A%2F%2Fevil.test'],
    ['template marks', '{id}\u0024{id}{{id}}', '%7Bid%7D%24%7Bid%7D%7B%7Bid%7D%7D'],
    ['replacement patterns', "$&$1$'", '%24%26%241%24%27'],
    ['matrix parameters', 'a;b=c', 'a%3Bb%3Dc'],
    ['dots in a name', '...', '...'],
    ['a file name', '.env', '.env'],
    ['a version', 'v1..2', 'v1..2'],
  ])('cannot change it by %s', (_, value, expected) => {
    const { url } = plan({ parameters, path }, { id: value });
    expect(url).toBe(`https://api.test/v1/users/${expected}/posts`);
  });

  it.each([
    ['.', 'dot_segment'],
    ['..', 'dot_segment'],
    ['../admin', 'dot_segment'],
    ['a/../../b', 'dot_segment'],
    ['a/..', 'dot_segment'],
    ['..\\admin', 'dot_segment'],
    ['%2e%2e', 'dot_segment'],
    ['%2E%2e%2fadmin', 'dot_segment'],
    ['.%2e/x', 'dot_segment'],
    ['%252e%252e%252fadmin', 'dot_segment'],
    ['..;/admin', 'dot_segment'],
    ['a\0b', 'control_character'],
    ['a\r\nb', 'control_character'],
    ['a\u007fb', 'control_character'],
    ['', 'empty_path_value'],
    [null, 'empty_path_value'],
    [[], 'empty_path_value'],
    [{}, 'empty_path_value'],
    [['a', '..'], 'dot_segment'],
    ['\ud800', 'invalid_text'],
  ])('%j is refused with a sentence', (value, code) => {
    const { code: kind, issues } = refusal({ parameters, path }, { id: value });
    expect(kind).toBe('INVALID_INPUT');
    expect(issues).toEqual([
      { path: ['id'], message: expect.stringMatching(/^\/id [a-z].*\.$/), code },
    ]);
  });

  it('is refused where it makes a dot segment only together with another', () => {
    const both = ['a', 'b'].map((name) =>
      aParameter({ name, in: 'path', style: 'label', explode: false }),
    );
    const { issues } = refusal({ parameters: both, path: '/x/{a}{b}' }, { a: '', b: '' });
    expect(issues[0]).toMatchObject({ code: 'dot_segment' });
  });

  it('is refused where a parameter behind a semicolon would be cut off', () => {
    const both = [
      aParameter({ name: 'a', in: 'path', style: 'label' }),
      aParameter({ name: 'b', in: 'path', style: 'matrix' }),
    ];
    const { issues } = refusal({ parameters: both, path: '/x/{a}{b}' }, { a: '', b: 'y' });
    expect(issues[0]).toMatchObject({ code: 'dot_segment' });
  });

  it.each(['/../admin/{id}', '/a/./{id}', '/%2e%2e/{id}'])(
    'has no request where the document itself leaves the path: %s',
    (template) => {
      expect(() => plan({ parameters, path: template }, { id: 'x' })).toThrow(
        expect.objectContaining({ code: 'NOT_CONFIGURED' }),
      );
    },
  );
});

describe('a value in a query', () => {
  const parameters = [aParameter({ name: 'q' }), aParameter({ name: 'page' })];

  it.each([
    ['a&admin=1', 'a%26admin%3D1'],
    ['a#b', 'a%23b'],
    ['a\r\nHost: evil.test', 'a%0D%0AHost%3A%20evil.test'],
    ['\0', '%00'],
    ['a+b', 'a%2Bb'],
    ['%26admin=1', '%2526admin%3D1'],
    ['\u0024{x}{y}', '%24%7Bx%7D%7By%7D'],
  ])('%j stays one value', (value, expected) => {
    expect(plan({ parameters }, { q: value }).url).toBe(`https://api.test/v1/things?q=${expected}`);
  });

  it.each(['a&admin=1', 'a#b', 'a[b]=c&d', 'a+b'])(
    '%j stays one value with allowReserved',
    (value) => {
      const open = [aParameter({ name: 'q', allowReserved: true })];
      const url = new URL(plan({ parameters: open }, { q: value }).url);
      expect([...url.searchParams]).toEqual([['q', value]]);
      expect(url.hash).toBe('');
    },
  );

  it('cannot stand in for another parameter through a member of its own', () => {
    const { issues } = refusal({ parameters }, { q: { page: 2 } });
    expect(issues[0]).toMatchObject({ path: ['q'], code: 'name_of_other' });
  });

  it('cannot nest a deepObject by a bracket in a name', () => {
    const deep = [aParameter({ name: 'q', style: 'deepObject' })];
    const { issues } = refusal({ parameters: deep }, { q: { 'a][b': 1 } });
    expect(issues[0]).toMatchObject({ path: ['q'], code: 'invalid_member' });
  });

  it.each(['spaceDelimited', 'pipeDelimited', 'tabDelimited'] as const)(
    'cannot add an item to a list of style %s',
    (style) => {
      const joined = [aParameter({ name: 'q', style, explode: false })];
      const { issues } = refusal({ parameters: joined }, { q: ['a b|c\td', 'e'] });
      expect(issues[0]).toMatchObject({ path: ['q'], code: 'delimiter_in_member' });
    },
  );
});

describe('a value in a header or cookie', () => {
  it.each(['a\r\nX-Admin: 1', 'a\nb', 'a\rb', 'a\0b', 'a\u007fb', 'snow ☃', ' value', 'a\t'])(
    '%j is refused in a header',
    (value) => {
      const parameters = [aParameter({ name: 'X-Id', in: 'header' })];
      const { issues } = refusal({ parameters }, { 'X-Id': value });
      expect(issues[0]).toMatchObject({ path: ['X-Id'], code: 'invalid_header_value' });
      expect(issues[0]?.message).not.toContain(value);
    },
  );

  it('cannot add an item to a list in a header', () => {
    const parameters = [aParameter({ name: 'X-Ids', in: 'header' })];
    const { issues } = refusal({ parameters }, { 'X-Ids': ['a,b'] });
    expect(issues[0]).toMatchObject({ code: 'delimiter_in_member' });
  });

  it('cannot add a member to an object in a header', () => {
    const parameters = [aParameter({ name: 'X-Map', in: 'header', explode: true })];
    for (const value of [{ a: '1,b=2' }, { 'a=1,b': 2 }, { 'a=b': 1 }]) {
      const { issues } = refusal({ parameters }, { 'X-Map': value });
      expect(issues[0]).toMatchObject({ code: 'delimiter_in_member' });
    }
  });

  it.each(['X Id', 'X-Id:', 'X\r\nId', ''])('a header named %j is refused', (name) => {
    const parameters = [aParameter({ name, argument: 'id', in: 'header' })];
    expect(refusal({ parameters }, { id: '1' }).issues[0]).toMatchObject({ code: 'invalid_name' });
  });

  it.each(['Host', 'content-length', 'Transfer-Encoding', 'Connection', 'Authorization', 'Accept'])(
    'cannot be given for %s',
    (name) => {
      const parameters = [aParameter({ name, argument: 'x', in: 'header' })];
      expect(plan({ parameters }, { x: 'evil' }).headers).toEqual({ accept: 'application/json' });
    },
  );

  it.each([
    ['a; admin=1', 'invalid_cookie_value'],
    ['a\r\nb', 'invalid_header_value'],
  ])('%j is refused in a cookie that is not escaped', (value, code) => {
    const parameters = [aParameter({ name: 'c', in: 'cookie', style: 'cookie' })];
    expect(refusal({ parameters }, { c: value }).issues[0]).toMatchObject({ code });
  });

  it('is escaped in a cookie of style form', () => {
    const parameters = [aParameter({ name: 'c', in: 'cookie' })];
    const { headers } = plan({ parameters }, { c: 'a; admin=1\r\n' });
    expect(headers.cookie).toBe('c=a%3B%20admin%3D1%0D%0A');
  });
});

describe('a value in a body', () => {
  it('cannot add a part or a header to a multipart form', () => {
    const body = aBody({ mediaType: 'multipart/form-data', kind: 'multipart', files: ['f"\r\n'] });
    const value = '\r\n--B\r\nContent-Disposition: form-data; name="admin"\r\n\r\n1\r\n--B--';
    const planned = plan({ body }, { body: { 'n"\r\nX: y': value, 'f"\r\n': 'aGk=' } });
    const type = planned.headers['content-type'] ?? '';
    const parts = parseMultipart(Buffer.from(planned.body ?? []), type);
    expect(parts).toMatchObject([
      { name: 'n"\r\nX: y', content: Buffer.from(value) },
      { name: 'f"\r\n', content: Buffer.from('hi') },
    ]);
  });

  it.each([
    'not base64!',
    'abcde',
    'data:text/plain;base64',
    'data:text/plain\r\nX: y;base64,aGk=',
    'data:;base64,%%%',
    7,
    { a: 1 },
  ])('%j is refused as a file', (value) => {
    const body = aBody({ mediaType: 'application/octet-stream', kind: 'binary' });
    const { issues } = refusal({ body }, { body: value });
    expect(issues[0]).toMatchObject({ path: ['body'], message: expect.stringMatching(/\.$/) });
  });

  it('cannot add a field to a form', () => {
    const body = aBody({ mediaType: 'application/x-www-form-urlencoded', kind: 'form' }, ['a']);
    const { body: bytes } = plan({ body }, { a: '1&admin=1\0' });
    expect(Buffer.from(bytes ?? []).toString()).toBe('a=1%26admin%3D1%00');
  });

  it('stays an own property whatever its name', () => {
    const body = aBody({ mediaType: 'application/json', kind: 'json' }, ['__proto__']);
    const args = JSON.parse('{"__proto__":{"admin":true}}');
    const { body: bytes } = plan({ body }, args);
    expect(Buffer.from(bytes ?? []).toString()).toBe('{"__proto__":{"admin":true}}');
  });
});

describe('several wrong arguments', () => {
  it('are told at once, ten at most', () => {
    const parameters = Array.from({ length: 12 }, (_, at) =>
      aParameter({ name: `p${at}`, in: 'path' }),
    );
    const path = parameters.map(({ name }) => `/{${name}}`).join('');
    const args = Object.fromEntries(parameters.map(({ name }) => [name, '..']));
    expect(refusal({ parameters, path }, args).issues).toHaveLength(10);
  });

  it('have the missing ones among them', () => {
    const parameters = [
      aParameter({ name: 'id', in: 'path' }),
      aParameter({ name: 'kind', required: true }),
    ];
    const body = aBody({ mediaType: 'application/json', kind: 'json' });
    const { issues } = refusal({ parameters, body, path: '/{id}' }, {});
    expect(issues.map(({ message }) => message)).toEqual([
      '/kind is missing.',
      '/id is missing. It is a part of the path.',
      '/body is missing. It is the body.',
    ]);
  });
});

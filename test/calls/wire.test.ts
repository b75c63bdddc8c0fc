import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planRequest } from '../../src/calls/plan-request.js';
import type { ParameterPlan, ParameterStyle } from '../../src/openapi/types.js';
import { aBody, anEndpoint, aParameter, sendTo } from '../support/callable.js';
import { type EchoServer, headerOf, startEchoServer } from '../support/echo-server.js';

let server: EchoServer;
beforeAll(async () => {
  server = await startEchoServer();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const text = 'blue';
const list = ['blue', 'black', 'brown'];
const map = { R: 100, G: 200, B: 150 };

/** OpenAPI 3.2 "Style Examples": style, explode, and what it has for undefined, the empty string, a text, a list and an object. */
type StyleRow = [ParameterStyle, boolean, ...(string | null)[]];

async function targetOf(
  parameter: Partial<ParameterPlan>,
  value: unknown,
  path = '/things',
): Promise<string> {
  const parameters = [aParameter({ name: 'color', ...parameter })];
  const endpoint = anEndpoint({ baseUrl: server.origin, path, parameters });
  const received = await sendTo(server, planRequest(endpoint, { color: value }));
  return received.target;
}

describe('a query parameter', () => {
  const rows: StyleRow[] = [
    [
      'form',
      false,
      '',
      '?color=',
      '?color=blue',
      '?color=blue,black,brown',
      '?color=R,100,G,200,B,150',
    ],
    [
      'form',
      true,
      '',
      '?color=',
      '?color=blue',
      '?color=blue&color=black&color=brown',
      '?R=100&G=200&B=150',
    ],
    [
      'spaceDelimited',
      false,
      '',
      '?color=',
      '?color=blue',
      '?color=blue%20black%20brown',
      '?color=R%20100%20G%20200%20B%20150',
    ],
    [
      'pipeDelimited',
      false,
      '',
      '?color=',
      '?color=blue',
      '?color=blue%7Cblack%7Cbrown',
      '?color=R%7C100%7CG%7C200%7CB%7C150',
    ],
    ['tabDelimited', false, '', '?color=', '?color=blue', '?color=blue%09black%09brown', null],
    [
      'deepObject',
      true,
      '',
      '?color=',
      '?color=blue',
      '?color%5B%5D=blue&color%5B%5D=black&color%5B%5D=brown',
      '?color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150',
    ],
  ];

  it.each(rows)('of style %s, explode %s', async (style, explode, ...expected) => {
    for (const [index, value] of [null, '', text, list, map].entries()) {
      const target = expected[index];
      if (target === null) continue;
      expect(await targetOf({ style, explode }, value)).toBe(`/things${target}`);
    }
  });

  it.each<[string, Partial<ParameterPlan>, unknown, string]>([
    [
      'reserved characters encoded',
      {},
      "a:/?#[]@!$&'()*+,;=b",
      '?color=a%3A%2F%3F%23%5B%5D%40%21%24%26%27%28%29%2A%2B%2C%3B%3Db',
    ],
    [
      'reserved characters that keep its shape, with allowReserved',
      { allowReserved: true },
      "a:/?#[]@!$&'()*+,;=b%2F%",
      '?color=a:/?%23%5B%5D@!$%26%27()*%2B,;=b%2F%25',
    ],
    [
      'the delimiter inside an item encoded, with allowReserved',
      { allowReserved: true, explode: false },
      ['a,b', 'c'],
      '?color=a%2Cb,c',
    ],
    ['UTF-8', {}, 'Grüße 💙~', '?color=Gr%C3%BC%C3%9Fe%20%F0%9F%92%99~'],
    [
      'numbers and booleans as JSON has them',
      {},
      [1.5, 1e21, -0, true],
      '?color=1.5&color=1e%2B21&color=0&color=true',
    ],
    ['nothing for an empty list', {}, [], ''],
    ['nothing for an object whose members are null', {}, { a: null }, ''],
    ['the items that are not null', {}, ['a', null, 'b'], '?color=a&color=b'],
    ['objects in a list as JSON', {}, [{ a: 1 }], '?color=%7B%22a%22%3A1%7D'],
    [
      'a joined list with objects in it as JSON',
      { explode: false },
      [{ a: 1 }, 2],
      '?color=%5B%7B%22a%22%3A1%7D%2C2%5D',
    ],
    [
      'nested brackets for objects in a deepObject',
      { style: 'deepObject' },
      { a: { b: 1 } },
      '?color%5Ba%5D%5Bb%5D=1',
    ],
    [
      'empty brackets for each item of a list in a deepObject',
      { style: 'deepObject' },
      { a: ['x', 'y'], b: ['z'], c: [] },
      '?color%5Ba%5D%5B%5D=x&color%5Ba%5D%5B%5D=y&color%5Bb%5D%5B%5D=z',
    ],
    [
      'indices for objects in a list in a deepObject',
      { style: 'deepObject' },
      { a: [{ b: 1, c: 2 }, { c: ['x'] }] },
      '?color%5Ba%5D%5B0%5D%5Bb%5D=1&color%5Ba%5D%5B0%5D%5Bc%5D=2&color%5Ba%5D%5B1%5D%5Bc%5D%5B%5D=x',
    ],
    [
      'brackets once where the name of a list in a deepObject ends in them',
      { name: 'color[]', argument: 'color', style: 'deepObject' },
      ['x', 'y'],
      '?color%5B%5D=x&color%5B%5D=y',
    ],
    [
      'JSON for application/json',
      { contentType: 'application/json' },
      { a: ['ü'] },
      '?color=%7B%22a%22%3A%5B%22%C3%BC%22%5D%7D',
    ],
    [
      'a quoted string for application/json',
      { contentType: 'application/json' },
      'x',
      '?color=%22x%22',
    ],
    ['its name encoded', { name: 'filter[a&b]', argument: 'color' }, 'x', '?filter%5Ba%26b%5D=x'],
  ])('sends %s', async (_, parameter, value, expected) => {
    expect(await targetOf(parameter, value)).toBe(`/things${expected}`);
  });
});

describe('a path parameter', () => {
  const rows: StyleRow[] = [
    ['simple', false, 'blue', 'blue,black,brown', 'R,100,G,200,B,150'],
    ['simple', true, 'blue', 'blue,black,brown', 'R=100,G=200,B=150'],
    ['label', false, '.blue', '.blue,black,brown', '.R,100,G,200,B,150'],
    ['label', true, '.blue', '.blue.black.brown', '.R=100.G=200.B=150'],
    ['matrix', false, ';color=blue', ';color=blue,black,brown', ';color=R,100,G,200,B,150'],
    ['matrix', true, ';color=blue', ';color=blue;color=black;color=brown', ';R=100;G=200;B=150'],
    ['spaceDelimited', false, 'blue', 'blue%20black%20brown', 'R%20100%20G%20200%20B%20150'],
    ['pipeDelimited', false, 'blue', 'blue%7Cblack%7Cbrown', 'R%7C100%7CG%7C200%7CB%7C150'],
  ];

  it.each(rows)('of style %s, explode %s', async (style, explode, ...expected) => {
    for (const [index, value] of [text, list, map].entries()) {
      const target = await targetOf({ in: 'path', style, explode }, value, '/a/{color}/b');
      expect(target).toBe(`/a/${expected[index]}/b`);
    }
  });

  it('sends the name alone for an empty text of style matrix', async () => {
    expect(await targetOf({ in: 'path', style: 'matrix' }, '', '/a{color}')).toBe('/a;color');
  });

  it.each([
    ['/{a}.{b}', '/x%2Fy.z'],
    ['/{a}{b}', '/x%2Fyz'],
    ['/n-{a}/{b}', '/n-x%2Fy/z'],
    ['/{a}/{b}/{a}', '/x%2Fy/z/x%2Fy'],
    ['/a b|c/{a}/{b}/%20/%', '/a%20b%7Cc/x%2Fy/z/%20/%25'],
    ['/{a}?kind={b}&fixed=1', '/x%2Fy?kind=z&fixed=1'],
    ['/{a}/{b}#part', '/x%2Fy/z'],
    ['{a}/{b}', '/x%2Fy/z'],
    ['//{a}/{b}', '//x%2Fy/z'],
  ])('takes its place in %s', async (path, expected) => {
    const parameters = ['a', 'b'].map((name) => aParameter({ name, in: 'path' }));
    const endpoint = anEndpoint({ baseUrl: server.origin, path, parameters });
    const { target } = await sendTo(server, planRequest(endpoint, { a: 'x/y', b: 'z' }));
    expect(target).toBe(expected);
  });

  it('has any name but one with braces', async () => {
    const name = 'a/b?c#d';
    const parameter = { name, argument: 'color', in: 'path' } as const;
    expect(await targetOf(parameter, 'x', `/of/{${name}}/all`)).toBe('/of/x/all');
  });

  it('keeps reserved characters that are no delimiters of a URL, with allowReserved', async () => {
    const parameter = { in: 'path', allowReserved: true } as const;
    const target = await targetOf(parameter, "a:/?#[]@!$&'()*+,;=%2F", '/{color}');
    expect(target).toBe("/a:%2F%3F%23%5B%5D@!$&'()*+,;=%252F");
  });
});

describe('in: querystring', () => {
  it.each([
    [null, { a: 'x y', b: ['1', '2'] }, '?a=x+y&b=1&b=2'],
    ['application/x-www-form-urlencoded', { 'a&b': '~' }, '?a%26b=%7E'],
    ['application/json', { a: [1] }, '?%7B%22a%22%3A%5B1%5D%7D'],
    ['text/plain', 'a=b c', '?a%3Db%20c'],
    [null, {}, ''],
  ])('is the whole query in %s', async (contentType, value, expected) => {
    const target = await targetOf({ in: 'querystring', contentType }, value);
    expect(target).toBe(`/things${expected}`);
  });
});

describe('a header parameter', () => {
  it.each<[string, Partial<ParameterPlan>, unknown, string | undefined]>([
    ['text', {}, 'a, b; "c" %20', 'a, b; "c" %20'],
    ['a list', {}, list, 'blue,black,brown'],
    ['an object', {}, map, 'R,100,G,200,B,150'],
    ['an exploded object', { explode: true }, map, 'R=100,G=200,B=150'],
    [
      'JSON in ASCII',
      { contentType: 'application/json' },
      { a: 'ü💙' },
      '{"a":"\\u00fc\\ud83d\\udc99"}',
    ],
    ['Latin-1', {}, 'Grüße', 'Grüße'],
    ['nothing for null', {}, null, undefined],
    ['nothing for an empty list', {}, [], undefined],
    [
      'nothing for a part of the connection',
      { name: 'Content-Length', argument: 'color' },
      '7',
      undefined,
    ],
  ])('sends %s', async (_, parameter, value, expected) => {
    const declared = aParameter({ name: 'X-Color', argument: 'color', in: 'header', ...parameter });
    const endpoint = anEndpoint({ baseUrl: server.origin, parameters: [declared] });
    const { headers } = await sendTo(server, planRequest(endpoint, { color: value }));
    expect(headerOf(headers, declared.name)).toBe(expected);
  });

  it('stands once, whatever case its name is declared in', async () => {
    const parameters = ['X-Id', 'x-id'].map((name) => aParameter({ name, in: 'header' }));
    const endpoint = anEndpoint({ baseUrl: server.origin, parameters });
    const args = { 'X-Id': '1', 'x-id': '2' };
    const { headers } = await sendTo(server, planRequest(endpoint, args));
    expect(headers.filter(([name]) => name.toLowerCase() === 'x-id')).toEqual([['X-Id', '1, 2']]);
  });

  it.each([
    [['application/json', 'text/csv'], 'application/json, text/csv;q=0.9'],
    [['image/png', 'image/jpeg'], 'image/png, image/jpeg'],
    [['application/json; charset=utf-8'], 'application/json; charset=utf-8'],
    [['not a type', 'x\r\ny: z/a'], '*/*'],
    [[], '*/*'],
  ])('leaves Accept to the responses: %j', async (accept, expected) => {
    const endpoint = anEndpoint({ baseUrl: server.origin });
    const planned = planRequest({ ...endpoint, plan: { ...endpoint.plan, accept } }, {});
    const { headers } = await sendTo(server, planned);
    expect(headerOf(headers, 'accept')).toBe(expected);
  });
});

describe('a cookie parameter', () => {
  it.each<[ParameterStyle, boolean, unknown, string]>([
    ['form', true, 'a b;c', 'color=a%20b%3Bc'],
    ['form', true, list, 'color=blue; color=black; color=brown'],
    ['form', false, list, 'color=blue,black,brown'],
    ['form', true, map, 'R=100; G=200; B=150'],
    ['cookie', true, 'a b%20c', 'color=a b%20c'],
    ['cookie', true, map, 'R=100; G=200; B=150'],
    ['cookie', false, list, 'color=blue,black,brown'],
  ])('of style %s, explode %s: %j', async (style, explode, value, expected) => {
    const parameters = [
      aParameter({ name: 'color', in: 'cookie', style, explode }),
      aParameter({ name: 'other', in: 'cookie' }),
    ];
    const endpoint = anEndpoint({ baseUrl: server.origin, parameters });
    const { headers } = await sendTo(server, planRequest(endpoint, { color: value, other: 1 }));
    expect(headerOf(headers, 'cookie')).toBe(`${expected}; other=1`);
  });
});

describe('a body', () => {
  const png = 'iVBORw0KGgo=';

  it.each<[string, Parameters<typeof aBody>, Record<string, unknown>, string, string]>([
    [
      'JSON',
      [{ mediaType: 'application/json', kind: 'json' }],
      { body: { a: [1, null, 'ü'] } },
      'application/json',
      '{"a":[1,null,"ü"]}',
    ],
    [
      'JSON from flat fields',
      [{ mediaType: 'application/json', kind: 'json' }, ['a', 'b', 'c']],
      { a: 1, b: null },
      'application/json',
      '{"a":1,"b":null}',
    ],
    [
      'a required JSON body without fields',
      [{ mediaType: 'application/json', kind: 'json' }, ['a']],
      {},
      'application/json',
      '{}',
    ],
    [
      'JSON by its suffix',
      [{ mediaType: 'application/vnd.api+json', kind: 'json' }],
      { body: 'x' },
      'application/vnd.api+json',
      '"x"',
    ],
    [
      'a merge patch',
      [{ mediaType: 'application/merge-patch+json', kind: 'json' }, ['a']],
      { a: null },
      'application/merge-patch+json',
      '{"a":null}',
    ],
    [
      'a form',
      [
        { mediaType: 'application/x-www-form-urlencoded', kind: 'form' },
        ['id', 'address', 'tags', 'gone'],
      ],
      { id: 'a b~&', address: { zip: '9+1' }, tags: ['x', 'y'], gone: null },
      'application/x-www-form-urlencoded',
      'id=a+b%7E%26&address=%7B%22zip%22%3A%229%2B1%22%7D&tags=x&tags=y',
    ],
    [
      'a form with styles',
      [
        {
          mediaType: 'application/x-www-form-urlencoded',
          kind: 'form',
          encoding: {
            a: { style: 'pipeDelimited', explode: false },
            b: { explode: false },
            c: { style: 'deepObject' },
            d: { allowReserved: true },
            e: { contentType: 'application/json' },
          },
        },
      ],
      { body: { a: ['1', '2'], b: ['1', '2'], c: { x: 'y z' }, d: 'a/b', e: 'q' } },
      'application/x-www-form-urlencoded',
      'a=1%7C2&b=1,2&c%5Bx%5D=y%20z&d=a/b&e=%22q%22',
    ],
    [
      'a form that the caller has written',
      [{ mediaType: 'application/x-www-form-urlencoded', kind: 'form' }],
      { body: 'a=1&b=2' },
      'application/x-www-form-urlencoded',
      'a=1&b=2',
    ],
    [
      'ASCII text',
      [{ mediaType: 'text/plain', kind: 'text' }],
      { body: 'a\r\nb' },
      'text/plain',
      'a\r\nb',
    ],
    [
      'other text',
      [{ mediaType: 'text/csv', kind: 'text' }],
      { body: 'ü' },
      'text/csv; charset=utf-8',
      'ü',
    ],
    [
      'XML',
      [{ mediaType: 'application/xml', kind: 'text' }],
      { body: '<a>ü</a>' },
      'application/xml',
      '<a>ü</a>',
    ],
  ])('sends %s', async (_, body, args, contentType, expected) => {
    const endpoint = anEndpoint({ baseUrl: server.origin, method: 'POST', body: aBody(...body) });
    const received = await sendTo(server, planRequest(endpoint, args));
    expect(headerOf(received.headers, 'content-type')).toBe(contentType);
    expect(received.body.toString()).toBe(expected);
  });

  it.each([
    ['base64', png],
    ['base64 in the URL alphabet with line breaks', 'iVBORw0K\r\nGgo'],
    ['a data URI', `data:image/png;base64,${png}`],
    ['a percent-encoded data URI', 'data:,%89PNG%0D%0A%1A%0A'],
  ])('sends bytes given as %s', async (_, content) => {
    const body = aBody({ mediaType: 'application/octet-stream', kind: 'binary' });
    const endpoint = anEndpoint({ baseUrl: server.origin, method: 'PUT', body });
    const received = await sendTo(server, planRequest(endpoint, { body: content }));
    expect(received.body.toString('hex')).toBe('89504e470d0a1a0a');
    expect(headerOf(received.headers, 'content-type')).toBe('application/octet-stream');
  });

  it('sends a multipart form', async () => {
    const body = aBody(
      {
        mediaType: 'multipart/form-data',
        kind: 'multipart',
        encoding: {
          note: { contentType: 'text/markdown' },
          ids: { style: 'form', explode: false },
          pic: { contentType: 'image/png, image/jpeg' },
        },
        files: ['pic', 'pics'],
      },
      ['note', 'count', 'meta', 'ids', 'pic', 'pics', 'gone'],
    );
    const endpoint = anEndpoint({ baseUrl: server.origin, method: 'POST', body });
    const args = {
      note: '# ü',
      count: 3,
      meta: { a: 1 },
      ids: [1, 2],
      pic: Buffer.from('one').toString('base64'),
      pics: ['data:text/plain;base64,dHdv', 'data:audio/mpeg;name=a%22b%0D%0A.mp3;base64,dGhyZWU='],
      gone: null,
    };
    const received = await sendTo(server, planRequest(endpoint, args, { boundary: 'B' }));
    expect(headerOf(received.headers, 'content-type')).toBe('multipart/form-data; boundary=B');
    const part = (headers: string, content: string) =>
      `--B\r\nContent-Disposition: form-data; ${headers}\r\n\r\n${content}\r\n`;
    expect(received.body.toString()).toBe(
      [
        part('name="note"\r\nContent-Type: text/markdown', '# ü'),
        part('name="count"', '3'),
        part('name="meta"\r\nContent-Type: application/json', '{"a":1}'),
        part('name="ids"', '1,2'),
        part('name="pic"; filename="pic.png"\r\nContent-Type: image/png', 'one'),
        part('name="pics"; filename="pics.txt"\r\nContent-Type: text/plain', 'two'),
        part('name="pics"; filename="a%22b%0D%0A.mp3"\r\nContent-Type: audio/mpeg', 'three'),
        '--B--\r\n',
      ].join(''),
    );
  });

  it('has the same boundary for the same parts, and one that is in none of them', () => {
    const body = aBody({ mediaType: 'multipart/form-data', kind: 'multipart' });
    const endpoint = anEndpoint({ method: 'POST', body });
    const typeOf = (value: string) =>
      planRequest(endpoint, { body: { a: value } }).headers['content-type'] ?? '';
    expect(typeOf('x')).toBe(typeOf('x'));
    expect(typeOf('x')).not.toBe(typeOf('y'));
    const boundary = typeOf('x').split('boundary=')[1] ?? '';
    expect(typeOf(`--${boundary}`)).not.toContain(boundary);
  });

  it('is in the media type that the arguments choose, else in the first', async () => {
    const form = aBody({ mediaType: 'application/x-www-form-urlencoded', kind: 'form' }, ['a']);
    const json = aBody({ mediaType: 'application/json', kind: 'json' });
    const body = {
      ...form,
      contentTypeArgument: 'contentType',
      variants: [...json.variants, ...form.variants],
    };
    const endpoint = anEndpoint({ baseUrl: server.origin, method: 'POST', body });
    const bodyOf = async (args: Record<string, unknown>) =>
      (await sendTo(server, planRequest(endpoint, args))).body.toString();
    expect(await bodyOf({ a: 'x' })).toBe('{"a":"x"}');
    expect(await bodyOf({ a: 'x', contentType: 'application/x-www-form-urlencoded' })).toBe('a=x');
  });

  it('is left out where it may be and nothing is given', async () => {
    const body = {
      ...aBody({ mediaType: 'application/json', kind: 'json' }, ['a']),
      required: false,
    };
    const endpoint = anEndpoint({ baseUrl: server.origin, method: 'POST', body });
    const received = await sendTo(server, planRequest(endpoint, {}));
    expect(received.body).toHaveLength(0);
    expect(headerOf(received.headers, 'content-type')).toBeUndefined();
  });
});

describe('a default', () => {
  it('is sent for a required parameter only: elsewhere the server assumes it', async () => {
    const parameters = [
      aParameter({ name: 'size', default: 10 }),
      aParameter({ name: 'kind', required: true, default: 'all' }),
    ];
    const endpoint = anEndpoint({ baseUrl: server.origin, parameters });
    const { target } = await sendTo(server, planRequest(endpoint, {}));
    expect(target).toBe('/things?kind=all');
  });
});

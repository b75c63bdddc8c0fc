import { documentOf, type HarCase, parameterCase, schemaOf } from './har-cases.js';

type Json = Record<string, unknown>;

const reserved = "a:/?#[]@!$&'()*+,;=b";

type Rest = Parameters<typeof parameterCase> extends [unknown, ...infer R] ? R : never;

/** Parameters beyond their styles: `allowReserved`, `content`, names, defaults, headers that are not inputs. */
export function parameterCases(): HarCase[] {
  const named = (group: string, value: string, ...rest: Rest) =>
    parameterCase({ group, value }, ...rest);
  const text = { schema: { type: 'string' } };
  const json = (value: unknown) => ({
    content: { 'application/json': { schema: schemaOf(value) } },
  });
  const map = { a: ['ü'], b: null };
  return [
    named('allowReserved', 'reserved text', 'query', { allowReserved: true, ...text }, reserved),
    named('allowReserved', 'percent triple', 'query', { allowReserved: true, ...text }, 'a%2Fb'),
    named(
      'allowReserved',
      'list',
      'query',
      { allowReserved: true, explode: false, schema: schemaOf([]) },
      ['a/b', 'c,d'],
    ),
    named('allowReserved', 'in a path', 'path', { allowReserved: true, ...text }, 'a/b:c@d', {
      openapi: '3.2.0',
    }),
    named('content JSON', 'query', 'query', json(map), map),
    named('content JSON', 'query text', 'query', json('x'), 'x'),
    named('content JSON', 'header', 'header', { name: 'X-Color', ...json(map) }, map),
    named('content JSON', 'path', 'path', json(map), { a: 'b' }),
    named('content JSON', 'cookie', 'cookie', json(map), { a: 'b' }),
    named('content text', 'query', 'query', { content: { 'text/plain': text } }, 'a b'),
    named(
      'querystring',
      'form',
      'querystring',
      { content: { 'application/x-www-form-urlencoded': { schema: schemaOf({}) } } },
      { a: 'x y', b: ['1', '2'] },
      { openapi: '3.2.0' },
    ),
    named('querystring', 'JSON', 'querystring', json({}), { a: [1] }, { openapi: '3.2.0' }),
    named('name with brackets', 'query', 'query', { name: 'filter[a]', ...text }, 'x'),
    named('name with reserved', 'query', 'query', { name: 'a&b=c', ...text }, 'x'),
    named('name with a dot', 'path', 'path', { name: 'a.b', ...text }, 'x'),
    named('name outside ASCII', 'query', 'query', { name: 'größe', ...text }, 'x'),
    named('style left out', 'path list', 'path', { schema: schemaOf([]) }, ['a', 'b']),
    named('style left out', 'path reserved', 'path', text, 'a/b c'),
    named('style left out', 'query list', 'query', { schema: schemaOf([]) }, ['a', 'b']),
    named('style left out', 'query object', 'query', { schema: schemaOf({}) }, { a: 1, b: 2 }),
    named('style left out', 'header list', 'header', { name: 'X-Color', schema: schemaOf([]) }, [
      'a',
      'b',
    ]),
    named(
      'style left out',
      'header object',
      'header',
      { name: 'X-Color', schema: schemaOf({}) },
      { a: 1, b: 2 },
    ),
    named('style left out', 'cookie list', 'cookie', { schema: schemaOf([]) }, ['a', 'b']),
    named('style left out', 'cookie reserved', 'cookie', text, 'a b;c'),
    named(
      'default',
      'required',
      'query',
      { required: true, schema: { type: 'string', default: 'all' } },
      undefined,
    ),
    named(
      'default',
      'required false',
      'query',
      { required: true, schema: { type: 'boolean', default: false } },
      undefined,
    ),
    named(
      'default',
      'optional',
      'query',
      { schema: { type: 'string', default: 'all' } },
      undefined,
    ),
    named('header of another part', 'Accept', 'header', { name: 'Accept', ...text }, 'text/csv'),
    named(
      'header of another part',
      'Authorization',
      'header',
      { name: 'Authorization', ...text },
      'Bearer x',
    ),
    named(
      'header of another part',
      'Content-Type',
      'header',
      { name: 'Content-Type', ...text },
      'text/csv',
    ),
    named('hostile', 'header line break', 'header', { name: 'X-Color', ...text }, 'a\r\nX-Evil: 1'),
    named('hostile', 'dot segment', 'path', text, '..'),
    named('hostile', 'styled dot segment', 'path', { style: 'simple', ...text }, '..'),
    named('hostile', 'percent triple of a slash', 'path', text, '..%2Fadmin'),
    named('hostile', 'cookie line break', 'cookie', text, 'a\r\nb'),
    ...twoInASegment(),
  ];
}

function twoInASegment(): HarCase[] {
  const path = '/from/{a}..{b}/{a}';
  const parameters = ['a', 'b'].map((name) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const document = documentOf(path, 'get', { parameters });
  const label = { group: 'path template', value: 'two in a segment' };
  return [{ ...label, method: 'get', path, document, given: { path: { a: 'x', b: 'y' } } }];
}

/** Servers and their variables, and what an operation is answered with. */
export function serverCases(): HarCase[] {
  const of = (value: string, extra: Json, operation: Json = {}): HarCase => ({
    group: 'server',
    value,
    method: 'get',
    path: '/things',
    document: documentOf('/things', 'get', operation, extra),
    given: {},
  });
  const region = { region: { default: 'eu', enum: ['eu', 'us'] }, base: { default: 'v2' } };
  const answer = (...types: string[]) => ({
    responses: {
      200: { description: 'OK', content: Object.fromEntries(types.map((type) => [type, {}])) },
    },
  });
  return [
    of('variables', { servers: [{ url: 'https://{region}.test/{base}', variables: region }] }),
    of('slash at the end', { servers: [{ url: 'https://api.test/v1/' }] }),
    of('of the operation', {}, { servers: [{ url: 'https://other.test' }] }),
    of('without a scheme', { servers: [{ url: '//api.test/v1' }] }),
    { ...of('JSON', {}, answer('application/json')), group: 'accept' },
    { ...of('nothing declared', {}, { responses: {} }), group: 'accept' },
    { ...of('CSV before JSON', {}, answer('text/csv', 'application/json')), group: 'accept' },
    { ...of('two images', {}, answer('image/png', 'image/jpeg')), group: 'accept' },
  ];
}

const png = 'data:image/png;name=dot.png;base64,iVBORw0KGgo=';

/** Bodies by media type. */
export function bodyCases(): HarCase[] {
  const of = (
    group: string,
    value: string,
    mediaType: string,
    body: unknown,
    media: Json = {},
  ): HarCase => {
    const content = { [mediaType]: { schema: { ...schemaOf(body) }, ...media } };
    const operation = { requestBody: { required: true, content } };
    const document = documentOf('/things', 'post', operation);
    return { group, value, method: 'post', path: '/things', document, given: { body } };
  };
  const object = { a: 1, b: [true, null], c: { d: 'ü' } };
  const form = 'application/x-www-form-urlencoded';
  const multipart = 'multipart/form-data';
  const described = (properties: Json) => ({ schema: { type: 'object', properties } });
  const list = { type: 'array', items: { type: 'string' } };
  const file = { type: 'string', format: 'binary' };
  return [
    of('body JSON', 'object', 'application/json', object),
    of('body JSON', 'list', 'application/json', [1, 'a']),
    of('body JSON', 'text', 'application/json', 'blue'),
    of('body JSON', 'number', 'application/json', 3),
    of(
      'body JSON',
      'text that looks like JSON',
      'application/json',
      { a: '{"b":1}', c: '[1]' },
      described({ a: { type: 'string' }, c: { type: 'string' } }),
    ),
    of(
      'body JSON',
      'null member',
      'application/json',
      { a: null, b: 1 },
      described({ a: { type: ['string', 'null'] }, b: { type: 'integer' } }),
    ),
    of('body JSON', 'empty object', 'application/json', {}),
    of('body JSON', 'suffix +json', 'application/vnd.api+json', object),
    of('body JSON', 'merge patch', 'application/merge-patch+json', { a: null, b: 1 }),
    of(
      'body form',
      'scalars',
      form,
      { a: 'x y', b: 1, c: '~&' },
      described({ a: { type: 'string' }, b: { type: 'integer' }, c: { type: 'string' } }),
    ),
    of('body form', 'list', form, { a: ['x', 'y'] }, described({ a: list })),
    of('body form', 'object', form, { a: { b: 1 } }, described({ a: { type: 'object' } })),
    of(
      'body form',
      'null',
      form,
      { a: null, b: 'x' },
      described({ a: { type: ['string', 'null'] }, b: { type: 'string' } }),
    ),
    of(
      'body form',
      'styles',
      form,
      { a: ['1', '2'], b: { c: 'd' } },
      {
        ...described({ a: list, b: { type: 'object' } }),
        encoding: { a: { style: 'pipeDelimited', explode: false }, b: { style: 'deepObject' } },
      },
    ),
    of(
      'body multipart',
      'scalars',
      multipart,
      { a: 'x y', b: 1 },
      described({ a: { type: 'string' }, b: { type: 'integer' } }),
    ),
    of('body multipart', 'list', multipart, { a: ['x', 'y'] }, described({ a: list })),
    of(
      'body multipart',
      'object',
      multipart,
      { a: { b: 1 } },
      described({ a: { type: 'object', properties: { b: { type: 'integer' } } } }),
    ),
    of('body multipart', 'file', multipart, { a: png }, described({ a: file })),
    of(
      'body multipart',
      'files',
      multipart,
      { a: [png, png] },
      described({ a: { type: 'array', items: file } }),
    ),
    of(
      'body multipart',
      'type of a part',
      multipart,
      { a: { b: 1 }, c: '# x' },
      {
        ...described({
          a: { type: 'object', properties: { b: { type: 'integer' } } },
          c: { type: 'string' },
        }),
        encoding: {
          a: { contentType: 'application/vnd.a+json' },
          c: { contentType: 'text/markdown' },
        },
      },
    ),
    of(
      'body multipart',
      'header of a part',
      multipart,
      { a: 'x' },
      {
        ...described({ a: { type: 'string' } }),
        encoding: { a: { headers: { 'X-Kind': { schema: { const: 'plain' } } } } },
      },
    ),
    of('body multipart', 'part without a type', multipart, { a: png }, described({ a: {} })),
    of('body text', 'text', 'text/plain', 'Grüße'),
    of('body text', 'XML', 'application/xml', '<a>1</a>'),
    of(
      'body binary',
      'octet-stream',
      'application/octet-stream',
      'data:application/octet-stream;base64,iVBORw0KGgo=',
      { schema: file },
    ),
    of('body binary', 'image', 'image/png', png, { schema: file }),
    ...optionalBody(),
  ];
}

function optionalBody(): HarCase[] {
  const schema = { type: 'object', properties: { a: { type: 'string', default: 'x' } } };
  const document = (required: boolean) =>
    documentOf('/things', 'post', {
      requestBody: { required, content: { 'application/json': { schema } } },
    });
  const base = { group: 'body left out', method: 'post', path: '/things', given: {} };
  return [
    { ...base, value: 'optional', document: document(false) },
    { ...base, value: 'required with a default', document: document(true) },
  ];
}

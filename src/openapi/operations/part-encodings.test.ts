import { describe, expect, it } from 'vitest';
import { anOpenApi, onlyDraft, parse, propertiesOf } from '../../../test/support/specs.js';

function withMultipart(
  media: unknown,
  extra: Record<string, unknown> = {},
  type = 'multipart/form-data',
) {
  const requestBody = { required: true, content: { [type]: media } };
  return anOpenApi({ '/things': { post: { requestBody } } }, { openapi: '3.2.0', ...extra });
}

function withHeaders(headers: unknown, extra = {}) {
  const schema = { type: 'object', properties: { a: { type: 'string' } } };
  return withMultipart({ schema, encoding: { a: { headers } } }, extra);
}

const at = '/paths/~1things/post/requestBody/content/multipart~1form-data';

describe('the headers of a part', () => {
  it.each<[string, unknown, unknown]>([
    ['a const', { schema: { const: 'x' } }, 'x'],
    ['an enum of one', { schema: { enum: [3] } }, 3],
    ['a default', { schema: { type: 'array', default: ['a'] } }, ['a']],
    ['a const behind references', { $ref: '#/components/headers/Kind' }, 'shared'],
  ])('are sent with %s', (_, header, value) => {
    const components = {
      headers: { Kind: { schema: { $ref: '#/components/schemas/Kind' } } },
      schemas: { Kind: { const: 'shared' } },
    };
    const draft = onlyDraft(withHeaders({ 'X-Kind': header }, { components }));
    expect(draft.plan.body?.variants[0]?.encoding).toEqual({
      a: { headers: [{ name: 'X-Kind', value, explode: false, contentType: null }] },
    });
  });

  it('are sent in the media type of their content', () => {
    const content = { 'application/json': { schema: { const: { a: 1 } } } };
    const draft = onlyDraft(withHeaders({ 'X-Kind': { content } }));
    expect(draft.plan.body?.variants[0]?.encoding.a?.headers).toMatchObject([
      { value: { a: 1 }, contentType: 'application/json' },
    ]);
  });

  it.each<[string, Record<string, unknown>, string, string]>([
    ['has no value', { schema: { type: 'string' } }, 'PART_HEADER_NOT_SENT', 'INFO'],
    [
      'has no value and is required',
      { required: true, schema: { type: 'string' } },
      'PART_HEADER_NOT_SENT',
      'WARNING',
    ],
    [
      'has a value that no header carries',
      { schema: { const: 'a\r\nb' } },
      'PART_HEADER_NOT_SENT',
      'INFO',
    ],
    ['is not an object', 3 as never, 'PART_HEADER_NOT_SENT', 'INFO'],
  ])('that %s is named in a problem', (_, header, code, severity) => {
    const { problems, drafts } = parse(withHeaders({ 'X-Kind': header }));
    expect(problems).toMatchObject([
      { code, severity, pointer: `${at}/encoding/a/headers/X-Kind` },
    ]);
    expect(problems[0]?.message).toContain('"X-Kind" of the part "a"');
    expect(drafts[0]?.plan.body?.variants[0]?.encoding).toEqual({ a: {} });
  });

  it.each(['Content-Type', 'content-disposition', 'X Kind'])(
    'named %s is not theirs to set',
    (name) => {
      const { problems } = parse(withHeaders({ [name]: { schema: { const: 'x' } } }));
      expect(problems).toMatchObject([{ code: 'PART_HEADER_NOT_SENT', severity: 'INFO' }]);
    },
  );

  it('are ignored in a urlencoded form, as OpenAPI says', () => {
    const media = {
      schema: { type: 'object', properties: { a: { type: 'string' } } },
      encoding: { a: { headers: { 'X-Kind': { schema: { const: 'x' } } } } },
    };
    const { problems, drafts } = parse(
      withMultipart(media, {}, 'application/x-www-form-urlencoded'),
    );
    expect(problems).toEqual([]);
    expect(drafts[0]?.plan.body?.variants[0]?.encoding).toEqual({ a: {} });
  });
});

it('names a style of a field that is none', () => {
  const media = {
    schema: { type: 'object', properties: { a: { type: 'array' } } },
    encoding: { a: { style: 'simple', explode: false } },
  };
  const { problems, drafts } = parse(withMultipart(media, {}, 'application/x-www-form-urlencoded'));
  expect(problems).toMatchObject([{ code: 'INVALID_BODY' }]);
  expect(problems[0]?.message).toContain('expected form, spaceDelimited');
  expect(drafts[0]?.plan.body?.variants[0]?.encoding).toEqual({ a: { explode: false } });
});

describe('parts by position', () => {
  it('are encoded as prefixEncoding and itemEncoding say', () => {
    const media = {
      schema: { type: 'array', prefixItems: [{ type: 'object' }, {}], items: { type: 'string' } },
      prefixEncoding: [{}, { contentType: 'image/*' }],
      itemEncoding: {
        contentType: 'text/html',
        headers: { 'Content-Disposition': { schema: { const: 'attachment' } } },
      },
    };
    const draft = onlyDraft(withMultipart(media, {}, 'multipart/mixed'));
    expect(draft.plan.body).toMatchObject({ argument: 'body', fields: null });
    expect(draft.plan.body?.variants[0]?.positions).toEqual({
      first: [{}, { contentType: 'image/*', isFile: true }],
      others: {
        contentType: 'text/html',
        headers: [
          { name: 'Content-Disposition', value: 'attachment', explode: false, contentType: null },
        ],
      },
    });
  });

  it('are the items of an itemSchema', () => {
    const media = {
      itemSchema: { $comment: 'An image.' },
      itemEncoding: { contentType: 'image/jpg' },
    };
    const draft = onlyDraft(withMultipart(media, {}, 'multipart/mixed'));
    expect(draft.inputSchema).toMatchObject({ properties: { body: { type: 'array' } } });
    expect(draft.plan.body?.variants[0]?.positions).toEqual({
      first: [],
      others: { contentType: 'image/jpg', isFile: true },
    });
  });

  it('are said to be sent as JSON where they would be multipart themselves', () => {
    const media = {
      schema: { type: 'array', items: { type: 'array' } },
      itemEncoding: { contentType: 'multipart/mixed', itemEncoding: { contentType: 'text/plain' } },
    };
    const { problems, drafts } = parse(withMultipart(media, {}, 'multipart/mixed'));
    expect(problems).toMatchObject([{ code: 'PART_ENCODING_NOT_USED', severity: 'WARNING' }]);
    expect(drafts[0]?.plan.body?.variants[0]?.positions?.others).toEqual({});
  });

  it('are said to be ignored where the body is no list', () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } } };
    const { problems } = parse(
      withMultipart({ schema, itemEncoding: { contentType: 'text/html' } }),
    );
    expect(problems).toMatchObject([
      { code: 'PART_ENCODING_NOT_USED', pointer: `${at}/itemEncoding` },
    ]);
  });
});

describe('a part without a type', () => {
  it('is a file: its media type is application/octet-stream unless its encoding says otherwise', () => {
    const properties = {
      file: {},
      pages: { type: 'array', items: {} },
      photo: { description: 'A photo.' },
      meta: {},
      note: { type: 'string' },
      either: { oneOf: [{ type: 'string' }, { type: 'integer' }] },
    };
    const encoding = {
      photo: { contentType: 'image/png, image/jpeg' },
      meta: { contentType: 'application/json' },
    };
    const draft = onlyDraft(withMultipart({ schema: { type: 'object', properties }, encoding }));
    expect(draft.plan.body?.variants[0]?.files).toEqual(['file', 'pages', 'photo']);
    const schemas = propertiesOf(draft.inputSchema);
    expect(schemas.file).toMatchObject({ type: 'string', contentEncoding: 'base64' });
    expect(schemas.photo).toMatchObject({ contentEncoding: 'base64', description: 'A photo.' });
    expect(schemas.meta).toEqual({});
  });

  it('is any value before 3.1', () => {
    const schema = { type: 'object', properties: { file: {} } };
    const draft = onlyDraft(withMultipart({ schema }, { openapi: '3.0.3' }));
    expect(draft.plan.body?.variants[0]?.files).toEqual([]);
  });
});

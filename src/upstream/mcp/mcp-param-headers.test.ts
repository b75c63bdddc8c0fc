import { describe, expect, it } from 'vitest';
import { readParamHeaders, toParamHeaders } from './mcp-param-headers.js';

const schema = (properties: Record<string, unknown>) => ({ type: 'object', properties });
const marked = (header: unknown, type = 'string') => ({ type, 'x-mcp-header': header });

describe('readParamHeaders', () => {
  it('finds the arguments that are told in headers, at any depth', () => {
    const inputSchema = schema({
      region: marked('Region'),
      plain: { type: 'string' },
      deep: schema({ count: marked('Count', 'integer') }),
    });
    expect(readParamHeaders(inputSchema)).toEqual({
      headers: [
        { path: ['region'], header: 'Region' },
        { path: ['deep', 'count'], header: 'Count' },
      ],
      problem: null,
    });
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['on the schema itself', { ...schema({}), 'x-mcp-header': 'A' }, /fixed place/],
    ['in a list', schema({ a: { type: 'array', items: marked('A') } }), /fixed place/],
    ['in one of several shapes', { ...schema({}), oneOf: [schema({ a: marked('A') })] }, /fixed/],
    ['in a definition', { ...schema({}), $defs: { a: marked('A') } }, /fixed place/],
    ['on a number', schema({ a: marked('A', 'number') }), /no string, integer or boolean/],
    ['that is empty', schema({ a: marked('') }), /no header name/],
    ['with a line break', schema({ a: marked('A\r\nB') }), /no header name/],
    ['that is no text', schema({ a: marked(5) }), /no header name/],
    ['that comes twice', schema({ a: marked('A'), b: marked('a') }), /another one names/],
  ])('has a sentence for a mark %s', (_title, inputSchema, sentence) => {
    expect(readParamHeaders(inputSchema).problem).toMatch(sentence);
  });

  it('does not follow a schema without end', () => {
    let deep: Record<string, unknown> = {};
    for (let i = 0; i < 5_000; i += 1) deep = schema({ a: deep });
    expect(readParamHeaders(deep).problem).toMatch(/nested more than 100 deep/);
  });
});

describe('toParamHeaders', () => {
  it.each<[unknown, string | undefined]>([
    ['eu-west', 'eu-west'],
    [true, 'true'],
    [42, '42'],
    ['', '=?base64??='],
    [' padded ', '=?base64?IHBhZGRlZCA=?='],
    ['Zürich', '=?base64?WsO8cmljaA==?='],
    ['a\r\nb', '=?base64?YQ0KYg==?='],
    ['=?base64?x?=', '=?base64?PT9iYXNlNjQ/eD89?='],
    [null, undefined],
    [undefined, undefined],
    [{ a: 1 }, undefined],
    [2 ** 60, undefined],
  ])('tells %j as %j', (value, header) => {
    const headers = toParamHeaders([{ path: ['deep', 'a'], header: 'A' }], { deep: { a: value } });
    expect(headers['Mcp-Param-A']).toBe(header);
  });

  it('looks at own members alone', () => {
    expect(toParamHeaders([{ path: ['constructor', 'name'], header: 'A' }], {})).toEqual({});
  });
});

import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readDocument } from './read-document.js';

const utf16 = (text: string, bigEndian = false) => {
  const bytes = Buffer.from(`\uFEFF${text}`, 'utf16le');
  return bigEndian ? bytes.swap16() : bytes;
};
const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
const nestedYaml = (depth: number) =>
  Array.from({ length: depth }, (_, i) => `${' '.repeat(i)}a:\n`).join('');

/** Nine lists that each hold the one before nine times: 9^9 values from 500 bytes. */
const bomb = [
  'a0: &a0 [x,x,x,x,x,x,x,x,x]',
  ...Array.from(
    { length: 9 },
    (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(',')}]`,
  ),
].join('\n');
const mergeBomb = [
  'm0: &m0 {a: 1, b: 2, c: 3}',
  ...Array.from(
    { length: 30 },
    (_, i) => `m${i + 1}: &m${i + 1}\n  <<: [*m${i}, *m${i}]\n  k${i}: 1`,
  ),
].join('\n');

describe('what cannot be read gets one sentence of its own', () => {
  it.each([
    ['an empty body', '', 'EMPTY_DOCUMENT', /empty/],
    ['white space', ' \n\t\n', 'EMPTY_DOCUMENT', /empty/],
    ['no bytes', new Uint8Array(), 'EMPTY_DOCUMENT', /empty/],
    ['only comments', '# nothing\n', 'NOT_A_DOCUMENT', /null/],
    ['an HTML page', '<!DOCTYPE html>\n<html><body>hi</body></html>', 'HTML_DOCUMENT', /HTML/],
    ['an HTML page without doctype', '\n <html lang="en">', 'HTML_DOCUMENT', /HTML/],
    ['XML', '<?xml version="1.0"?><application/>', 'XML_DOCUMENT', /XML/],
    ['gzip', gzipSync('{"openapi":"3.0.0"}'), 'BINARY_DOCUMENT', /gzip/],
    ['zip', Buffer.from('PK\u0003\u0004abc'), 'BINARY_DOCUMENT', /zip/],
    ['a PNG', Buffer.from([0x89, 0x50, 0x4e, 0x47, 1, 2]), 'BINARY_DOCUMENT', /PNG/],
    ['NUL bytes', Buffer.from('abc\0def'), 'BINARY_DOCUMENT', /NUL/],
    ['random bytes', Buffer.from([0, 200, 3, 255, 7]), 'BINARY_DOCUMENT', /NUL/],
    ['Latin-1', Buffer.from('a: 1\nb: caf\xe9\n', 'latin1'), 'INVALID_ENCODING', /line 2/],
    ['half a UTF-16 pair', Buffer.from([0xff, 0xfe, 0x00, 0xd8]), 'INVALID_ENCODING', /UTF-16LE/],
    ['one word', 'hello', 'NOT_A_DOCUMENT', /a single string/],
    ['a number', '42', 'NOT_A_DOCUMENT', /a single number/],
    [
      'truncated JSON',
      '{"openapi":"3.0.0",\n "info":{"ti',
      'SYNTAX_ERROR',
      /line 2, column 10.*ends/,
    ],
    [
      'JSON cut between members',
      '{"a":1,\n"b":2',
      'SYNTAX_ERROR',
      /line 2, column 6.*expected "," or "}"/,
    ],
    [
      'JSON with text behind it',
      '{"a":1}\n{"b":2}',
      'SYNTAX_ERROR',
      /line 2, column 1.*expected the end/,
    ],
    ['JSON with a bad escape', '{"a":"\\q"}', 'SYNTAX_ERROR', /column 7.*"\\q"/],
    ['YAML with tabs', 'a:\n\tb: 1\n', 'SYNTAX_ERROR', /YAML at line 2.*tab/],
    [
      'YAML cut inside quotes',
      'a: 1\nb: "text',
      'SYNTAX_ERROR',
      /YAML at line 2.*end of the stream/,
    ],
    ['deep JSON', nested(5_000), 'DOCUMENT_TOO_DEEP', /500 levels/],
    ['very deep JSON', nested(200_000), 'DOCUMENT_TOO_DEEP', /500 levels/],
    ['deep YAML', nestedYaml(5_000), 'DOCUMENT_TOO_DEEP', /500 levels/],
    ['deep flow YAML', `a: ${'['.repeat(100_000)}`, 'DOCUMENT_TOO_DEEP', /500 levels/],
    ['an alias bomb', bomb, 'TOO_MANY_NODES', /aliases/],
    ['a merge bomb', mergeBomb, 'TOO_MANY_NODES', /aliases/],
  ])('%s', (_, body, code, message) => {
    const { document, problems, linesOf } = readDocument(body);
    expect(document).toBeUndefined();
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ code, severity: 'ERROR', pointer: '' });
    expect(problems[0]?.message).toMatch(message);
    expect(linesOf(['/a'])).toEqual([null]);
  });

  it('more values than allowed are refused before they are made', () => {
    const { document, problems } = readDocument('[{},{},{},{}]', { maxValues: 4 });
    expect(document).toBeUndefined();
    expect(problems[0]?.code).toBe('TOO_MANY_VALUES');
    expect(readDocument('{"a":"1,2,3"}', { maxValues: 4 }).problems).toEqual([]);
  });

  it('a body over the byte limit is refused unread', () => {
    const { problems } = readDocument('{"a": "0123456789"}', { maxBytes: 10 });
    expect(problems[0]?.code).toBe('DOCUMENT_TOO_LARGE');
  });
});

describe('what can be read becomes plain data', () => {
  it.each<[string, string | Uint8Array, unknown]>([
    ['JSON', '{"a":[1,true,null,"x"]}', { a: [1, true, null, 'x'] }],
    ['JSON behind a byte order mark', '\uFEFF{"a":1}', { a: 1 }],
    ['JSON bytes behind a byte order mark', Buffer.from('\uFEFF{"a":1}'), { a: 1 }],
    ['UTF-16LE', utf16('{"ü":1}'), { ü: 1 }],
    ['UTF-16BE', utf16('a: ü', true), { a: 'ü' }],
    ['YAML', 'a:\n  - b\n  - c: 1.5\n', { a: ['b', { c: 1.5 }] }],
    ['YAML in braces', '{a: 1, b: [x]}', { a: 1, b: ['x'] }],
    ['CR LF lines', 'a: 1\r\nb: |\r\n  x\r\n  y\r\n', { a: 1, b: 'x\ny\n' }],
    [
      'status codes as keys',
      'responses:\n  200: {a: 1}\n  4XX: {}\n',
      { responses: { 200: { a: 1 }, '4XX': {} } },
    ],
    [
      'keys of other kinds',
      'null: 1\ntrue: 2\nyes: 3\non: 4\n1.10: 5\n~: 6',
      { null: 1, true: 2, yes: 3, on: 4, '1.10': 5, '~': 6 },
    ],
    [
      'YAML 1.2 words',
      'a: yes\nb: on\nc: true\nd: null\ne: ~\nf:',
      { a: 'yes', b: 'on', c: true, d: null, e: null, f: null },
    ],
    [
      'dates',
      'a: 2020-01-01\nb: 2020-01-01T00:00:00Z',
      { a: '2020-01-01', b: '2020-01-01T00:00:00Z' },
    ],
    [
      'numbers',
      'a: 007\nb: 0x1F\nc: 0o17\nd: -1.5e3\ne: 1_000\nf: 3.0.1',
      { a: 7, b: 31, c: 15, d: -1500, e: '1_000', f: '3.0.1' },
    ],
    [
      'numbers that JSON cannot carry',
      'a: .inf\nb: .nan\nc: 1e999',
      { a: '.inf', b: '.nan', c: '1e999' },
    ],
    [
      'core tags',
      'a: !!str 12\nb: !!int "12"\nc: !!map {d: 1}\ne: ! 12',
      { a: '12', b: 12, c: { d: 1 }, e: '12' },
    ],
    [
      'aliases',
      'a: &x {b: 1}\nc: *x\nd: [*x, *x]',
      { a: { b: 1 }, c: { b: 1 }, d: [{ b: 1 }, { b: 1 }] },
    ],
    [
      'merge keys',
      'a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc:\n  x: 0\n  <<: [*a, *b]\n  z: 5',
      { a: { x: 1, y: 2 }, b: { y: 3, z: 4 }, c: { x: 0, y: 2, z: 5 } },
    ],
    ['a quoted merge key', 'a:\n  "<<": {b: 1}', { a: { '<<': { b: 1 } } }],
    ['a hundred levels', nested(100), JSON.parse(nested(100))],
    [
      'names of inherited members',
      '{"constructor":1,"toString":{"a":1}}',
      { constructor: 1, toString: { a: 1 } },
    ],
    ['an explicit end', 'a: 1\n...\n', { a: 1 }],
  ])('%s', (_, body, expected) => {
    const { document, problems } = readDocument(body);
    expect(document).toEqual(expected);
    expect(problems).toEqual([]);
  });
});

describe('what is read with a warning says where', () => {
  it.each<[string, string, unknown, object]>([
    [
      'a duplicate YAML key',
      'a:\n  b: 1\n  b: 2',
      { a: { b: 2 } },
      { code: 'DUPLICATE_KEY', pointer: '/a/b', line: 3 },
    ],
    [
      'a duplicate JSON key',
      '{"a":[0,{"b":1,\n"\\u0062":2}]}',
      { a: [0, { b: 2 }] },
      { code: 'DUPLICATE_KEY', pointer: '/a/1/b', line: 2 },
    ],
    [
      'a trailing comma',
      '{"a":1,\n"b":[1,2,],}',
      { a: 1, b: [1, 2] },
      { code: 'LENIENT_JSON', line: 2 },
    ],
    ['single quotes', '{"a": \'x\'}', { a: 'x' }, { code: 'LENIENT_JSON', line: 1 }],
    [
      'a cyclic alias',
      'a: &a\n  b: *a\n',
      { a: { b: null } },
      { code: 'CYCLIC_ALIAS', pointer: '/a/b', line: 2 },
    ],
    [
      'an unknown alias',
      'a:\n - *b',
      { a: [null] },
      { code: 'UNKNOWN_ALIAS', pointer: '/a/0', line: 2 },
    ],
    [
      'a custom tag',
      'a: 1\nb: !ref {c: 1}',
      { a: 1, b: { c: 1 } },
      { code: 'UNKNOWN_TAG', pointer: '/b', line: 2 },
    ],
    ['a tag that does not fit', 'a: !!int x', { a: 'x' }, { code: 'UNKNOWN_TAG', pointer: '/a' }],
    ['several documents', '---\na: 1\n---\nb: 2\n', { a: 1 }, { code: 'FURTHER_DOCUMENTS' }],
    ['a collection as a key', 'k:\n  [a, 1]: 2', { k: { '["a",1]': 2 } }, { code: 'COMPLEX_KEY' }],
    [
      '__proto__ in YAML',
      'a:\n  __proto__: {b: 1}\n  c: 1',
      { a: { c: 1 } },
      { code: 'RESERVED_KEY', pointer: '/a/__proto__', line: 2 },
    ],
    [
      '__proto__ in JSON',
      '{"a":{"c":1,\n"__proto__":{"b":1}}}',
      { a: { c: 1 } },
      { code: 'RESERVED_KEY', pointer: '/a/__proto__', line: 2 },
    ],
    [
      '__proto__ in escapes',
      '{"\\u005f_proto__":1,"c":1}',
      { c: 1 },
      { code: 'RESERVED_KEY', pointer: '/__proto__' },
    ],
    [
      'a NUL in JSON',
      '{"a":"x\\u0000"}',
      { a: 'x\uFFFD' },
      { code: 'NUL_CHARACTER', pointer: '/a' },
    ],
    [
      'half of a surrogate pair in JSON',
      '{"a": "x\\ud800y", "b": "\\ud83d\\ude00"}',
      { a: 'x\uFFFDy', b: '\u{1F600}' },
      { code: 'LONE_SURROGATE', pointer: '/a' },
    ],
    [
      'half of a surrogate pair in YAML',
      'a: "x\\uDC00"',
      { a: 'x\uFFFD' },
      { code: 'LONE_SURROGATE', pointer: '/a' },
    ],
    ['a NUL in YAML', 'a: "x\\0"', { a: 'x\uFFFD' }, { code: 'NUL_CHARACTER', pointer: '/a' }],
  ])('%s', (_, body, expected, problem) => {
    const { document, problems } = readDocument(body);
    expect(document).toEqual(expected);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ severity: 'WARNING', ...problem });
    expect(problems[0]?.message).toMatch(/[.]$/);
  });

  it('__proto__ members change no prototype', () => {
    for (const body of [
      '{"__proto__":{"polluted":1}}',
      '__proto__: {polluted: 1}',
      'a: &a {polluted: 1}\n__proto__: *a',
    ]) {
      const { document } = readDocument(body);
      expect(Object.getPrototypeOf(document)).toBe(Object.prototype);
      expect((document as { polluted?: unknown }).polluted).toBeUndefined();
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('a thousand duplicates are listed a hundred times and counted', () => {
    const { problems } = readDocument('a: 1\n'.repeat(1_001));
    expect(problems).toHaveLength(101);
    expect(problems.at(-1)?.message).toContain('900 more');
  });

  it('a document of which most is an alias is read when it stays small', () => {
    const body = `a: &a {x: 1}\nb:\n${'  - *a\n'.repeat(2_000)}`;
    expect(readDocument(body).document).toHaveProperty('b.1999.x', 1);
  });
});

describe('linesOf', () => {
  const yaml = [
    'openapi: 3.0.0',
    'x-base: &base',
    '  type: object',
    'paths:',
    '  /a~b/{id}:',
    '    get:',
    '      tags:',
    '        - one',
    '        - two',
    '    put: *base',
    '    post:',
    '      <<: *base',
    '      x: 1',
  ].join('\n');
  const json = JSON.stringify(
    {
      openapi: '3.0.0',
      paths: { '/a~b/{id}': { get: { tags: ['one', 'two'], text: 'a "b" [{\\' } } },
      z: {},
    },
    null,
    1,
  );

  it.each<[string, string, number]>([
    ['', yaml, 1],
    ['/openapi', yaml, 1],
    ['/paths', yaml, 4],
    ['/paths/~1a~0b~1{id}/get', yaml, 6],
    ['/paths/~1a~0b~1{id}/get/tags/1', yaml, 9],
    ['/paths/~1a~0b~1{id}/put', yaml, 10],
    ['/paths/~1a~0b~1{id}/put/type', yaml, 3],
    ['/paths/~1a~0b~1{id}/post/type', yaml, 3],
    ['/paths/~1a~0b~1{id}/post/x', yaml, 13],
    ['/paths/~1a~0b~1{id}/get/responses/200', yaml, 6],
    ['', json, 1],
    ['/paths/~1a~0b~1{id}/get', json, 5],
    ['/paths/~1a~0b~1{id}/get/tags/1', json, 8],
    ['/paths/~1a~0b~1{id}/get/missing/deeper', json, 5],
    ['/z', json, 14],
  ])('%s', (pointer, text, line) => {
    expect(readDocument(text).linesOf([pointer])).toEqual([line]);
  });

  it('a document of one line has no lines worth naming', () => {
    expect(readDocument('{"a":{"b":1}}').linesOf(['/a/b'])).toEqual([null]);
  });

  it('the last of duplicate keys counts, with what is in it', () => {
    const text = '{\n"a": {\n"b": 1},\n"a": {\n"c": 1}}';
    expect(readDocument(text).linesOf(['/a/b', '/a/c', '/a'])).toEqual([4, 5, 4]);
  });

  it('a mapping that merges itself has lines', () => {
    const { linesOf, document } = readDocument('a: &a\n  <<: *a\n  b: 1\n');
    expect(document).toEqual({ a: { '<<': null, b: 1 } });
    expect(linesOf(['/a/b'])).toEqual([3]);
  });
});

const corpus = process.env.CORPUS_DIR ?? '../shared/corpus';
const large = ['real/openai-3.1.yaml', 'real/kubernetes-2.0.json'];

describe('real documents', () => {
  it.each(large)('%s has the line of every operation', (name) => {
    let text: string;
    try {
      text = readFileSync(`${corpus}/${name}`, 'utf8');
    } catch {
      return;
    }
    const lines = text.split('\n');
    const { document, linesOf } = readDocument(text);
    const { paths } = document as { paths: Record<string, Record<string, unknown>> };
    const methods = Object.entries(paths).flatMap(([path, item]) => {
      const pointer = `/paths/${path.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      return Object.keys(item).map((method) => ({ method, pointer: `${pointer}/${method}` }));
    });
    const found = linesOf(methods.map(({ pointer }) => pointer));
    methods.forEach(({ method }, at) => {
      expect(lines[(found[at] ?? 0) - 1]).toContain(method);
    });
  });
});

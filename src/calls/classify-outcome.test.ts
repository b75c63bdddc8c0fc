import { describe, expect, it } from 'vitest';
import type { RunResult } from './call-types.js';
import { classifyOutcome } from './classify-outcome.js';

type Failure = Extract<RunResult, { kind: 'failure' }>;

const counts = { attempts: 1, durationMs: 5 };
const unsafe = { isSafe: false, accept: [] };
const safe = { isSafe: true, accept: [] };

function answer(status: number, contentType: string | null, body: string | Uint8Array): RunResult {
  return {
    ...counts,
    kind: 'answer',
    status,
    headers: contentType === null ? {} : { 'content-type': contentType },
    body: Buffer.from(body),
    isTruncated: false,
    url: 'https://api.example/',
  };
}

function cut(contentType: string, body: string | Uint8Array): RunResult {
  const whole = answer(200, contentType, body);
  return whole.kind === 'answer' ? { ...whole, isTruncated: true } : whole;
}

function failure(code: Failure['code'], mayHaveRun: boolean): RunResult {
  return { ...counts, kind: 'failure', code, message: 'It broke.', mayHaveRun };
}

function resultOf(run: RunResult, accept: string[] = []): unknown {
  return classifyOutcome(run, { isSafe: true, accept }).result;
}

describe('the outcome', () => {
  it.each([
    [200, 'OK'],
    [201, 'OK'],
    [204, 'OK'],
    [300, 'OK'],
    [304, 'OK'],
    [400, 'FAILED'],
    [404, 'FAILED'],
    [429, 'FAILED'],
    [500, 'FAILED'],
    [599, 'FAILED'],
  ])('of status %i is %s, whatever the method and the words of the body', (status, outcome) => {
    const run = answer(status, 'application/json', '{"error":"timeout","ok":true}');
    for (const input of [safe, unsafe]) {
      expect(classifyOutcome(run, input)).toMatchObject({
        outcome,
        status,
        result: { error: 'timeout', ok: true },
      });
    }
  });

  it.each<[Failure['code'], boolean, string, string]>([
    ['FORBIDDEN', false, 'DENIED', 'DENIED'],
    ['FORBIDDEN', true, 'DENIED', 'DENIED'],
    ['UPSTREAM_TIMEOUT', false, 'TIMEOUT', 'TIMEOUT'],
    ['UPSTREAM_TIMEOUT', true, 'TIMEOUT', 'INDETERMINATE'],
    ['UPSTREAM_FAILED', false, 'FAILED', 'FAILED'],
    ['UPSTREAM_FAILED', true, 'FAILED', 'INDETERMINATE'],
    ['LIMIT_EXCEEDED', false, 'FAILED', 'FAILED'],
  ])('of %s, sent: %s, is %s for a safe method and %s for others', (code, sent, forSafe, other) => {
    expect(classifyOutcome(failure(code, sent), safe).outcome).toBe(forSafe);
    expect(classifyOutcome(failure(code, sent), unsafe)).toMatchObject({
      outcome: other,
      result: null,
      status: null,
      error: { code, message: expect.stringMatching(/^It broke\./) },
    });
  });

  it('warns of a call that may have had its effect', () => {
    expect(classifyOutcome(failure('UPSTREAM_TIMEOUT', true), unsafe).error?.message).toBe(
      'It broke. The request may have had its effect: look before sending it again.',
    );
  });

  it('names the status of a failed call, and when to come back', () => {
    const run = answer(429, 'text/plain', 'slow down');
    if (run.kind === 'answer') run.headers['retry-after'] = '7';
    expect(classifyOutcome(run, safe).error).toEqual({
      code: 'UPSTREAM_FAILED',
      message: 'The upstream answered with 429 Too Many Requests: too many requests.',
      details: { status: 429, retryAfter: '7' },
    });
    expect(classifyOutcome(answer(799, null, ''), safe).error?.message).toBe(
      'The upstream answered with 799.',
    );
  });
});

describe('the result', () => {
  it.each<[string | null, string | Uint8Array, unknown]>([
    ['application/json', '{"a":[1,null]}', { a: [1, null] }],
    ['application/json', 'null', null],
    ['application/json', 'false', false],
    ['application/json', '""', ''],
    ['application/json', '', null],
    ['application/json; charset=utf-8', '\ufeff{"a":1}', { a: 1 }],
    ['Application/JSON', '[]', []],
    ['text/json', '[]', []],
    ['application/problem+json', '{"title":"x"}', { title: 'x' }],
    ['application/vnd.api+json;version=2', '{}', {}],
    ['application/json', '{"a":', '{"a":'],
    ['application/json', '<html>', '<html>'],
    ['application/json', '{"__proto__":1}', JSON.parse('{"__proto__":1}')],
    ['application/json', '{"id":12345678901234567890}', { id: '12345678901234567890' }],
    [
      'application/json',
      '{"id":1234567890123456,"f":0.1234567890123456789}',
      { id: 1234567890123456, f: 0.12345678901234568 },
    ],
    ['application/json', Buffer.from('\ufeff{"a":1}', 'utf16le'), { a: 1 }],
    ['text/plain', 'hello ü', 'hello ü'],
    ['text/plain', '{"a":1}', '{"a":1}'],
    ['text/plain; charset=ISO-8859-1', Buffer.from('Käse', 'latin1'), 'Käse'],
    ['text/plain; charset="shift_jis"', new Uint8Array([0x83, 0x65]), 'テ'],
    ['text/plain; charset=unheard-of', 'ü', 'ü'],
    ['text/html', '<p>', '<p>'],
    ['application/xml', '<a/>', '<a/>'],
    [
      'application/xml',
      Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>ü</a>', 'latin1'),
      '<?xml version="1.0" encoding="ISO-8859-1"?><a>ü</a>',
    ],
    ['image/svg+xml', '<svg/>', '<svg/>'],
    ['application/yaml', 'a: 1', 'a: 1'],
    ['application/x-www-form-urlencoded', 'a=1', 'a=1'],
    ['text/event-stream', 'data: {"a":1}\n\ndata: b\n\n', 'data: {"a":1}\n\ndata: b\n\n'],
    ['application/x-ndjson', '{"a":1}\r\n\n[2]\n3', [{ a: 1 }, [2], 3]],
    ['application/jsonl', '{"a":1}\nnull\n', [{ a: 1 }, null]],
    ['application/x-ndjson', '{"a":1}\noops\n', '{"a":1}\noops\n'],
    ['application/json-seq', '\x1e{"a":1}\n\x1e{"a":2}\n', [{ a: 1 }, { a: 2 }]],
    ['image/png', new Uint8Array([137, 80]), { mediaType: 'image/png', base64: 'iVA=' }],
    ['application/octet-stream', 'abc', { mediaType: 'application/octet-stream', base64: 'YWJj' }],
    [null, 'plain', 'plain'],
    [null, '', null],
    ['nonsense', 'plain', 'plain'],
    [null, '{"a":1}', '{"a":1}'],
    [null, new Uint8Array([0, 1]), { mediaType: 'application/octet-stream', base64: 'AAE=' }],
    [null, new Uint8Array([0xff]), { mediaType: 'application/octet-stream', base64: '/w==' }],
  ])('of %s %j', (contentType, body, expected) => {
    expect(resultOf(answer(200, contentType, body))).toEqual(expected);
  });

  it('of JSON is its text where it is nested too deep to be walked', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(resultOf(answer(200, 'application/json', deep))).toBe(deep);
    const wide = JSON.stringify(Array.from({ length: 1_000 }, () => ['[[\\"{{'.repeat(50)]));
    expect(resultOf(answer(200, 'application/json', wide))).toEqual(JSON.parse(wide));
  });

  it('of an answer without a type is what the operation promises', () => {
    const accept = ['text/plain', 'application/vnd.api+json'];
    expect(resultOf(answer(200, null, '{"a":1}'), accept)).toEqual({ a: 1 });
    expect(resultOf(answer(200, null, 'not json'), accept)).toBe('not json');
  });

  it.each<[string, string | Uint8Array, Record<string, unknown>]>([
    ['application/json', '{"a":', { text: '{"a":' }],
    ['application/json', '{"a":1}', { text: '{"a":1}' }],
    ['text/plain', Buffer.from('aü').subarray(0, 2), { text: 'a' }],
    ['application/x-ndjson', '{"a":1}\n{"a":', { items: [{ a: 1 }] }],
    ['application/x-ndjson', '{"a":', { text: '{"a":' }],
    ['text/event-stream', 'data: a\n\nda', { text: 'data: a\n\nda' }],
    ['text/event-stream', '', { text: '' }],
    ['image/png', 'abc', { base64: 'YWJj' }],
  ])('of %s %j that was cut off says so', (contentType, body, rest) => {
    const { length } = Buffer.from(body);
    expect(resultOf(cut(contentType, body))).toEqual({
      truncated: true,
      note: `The answer went on. Only its first ${length} bytes are here: ask for less, such as a smaller page.`,
      mediaType: contentType,
      ...rest,
    });
  });
});

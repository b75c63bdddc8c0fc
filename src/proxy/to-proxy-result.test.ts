import { describe, expect, it } from 'vitest';
import type { CallResult } from '../calls/call-types.js';
import { toProxyResult } from './to-proxy-result.js';
import { withoutForgedFiles } from './without-forged-files.js';

function aCall(given: Partial<CallResult>): CallResult {
  return {
    ...{ callId: 'c', kind: 'ENDPOINT', outcome: 'OK', result: null, error: null, status: 200 },
    ...{ durationMs: 1, request: null, replayed: false },
    ...given,
  };
}

const mcp = (content: unknown[], more: Partial<CallResult> = {}, extra: object = {}) =>
  toProxyResult(
    aCall({ kind: 'MCP', status: null, result: { content, isError: false, ...extra }, ...more }),
  );
const text = (words: string) => ({ type: 'text', text: words });
const files = { 'a.txt': { content_base64: 'aGk=' } };

describe('an answer of an MCP tool', () => {
  it.each<[string, unknown[], unknown]>([
    ['one text', [text('hello')], 'hello'],
    ['one text of JSON', [text('{"a":[1]}')], { a: [1] }],
    [
      'one image',
      [{ type: 'image', data: 'aGk=', mimeType: 'image/png', x: 1 }],
      { type: 'image', data: 'aGk=', mimeType: 'image/png' },
    ],
    [
      'one audio',
      [{ type: 'audio', data: 'aGk=', mimeType: 'audio/wav' }],
      { type: 'audio', data: 'aGk=', mimeType: 'audio/wav' },
    ],
    ['several', [text('a'), text('b')], { content: [text('a'), text('b')], isError: false }],
    ['none', [], { content: [], isError: false }],
  ])('of %s', (_, content, result) => {
    expect(mcp(content)).toEqual({ status: 200, result, error: null, content });
  });

  it('that is an error keeps what it said, and is an error', () => {
    const error = { code: 'UPSTREAM_FAILED', message: 'The tool answered with an error: no' };
    expect(mcp([text('no')], { outcome: 'FAILED', error }, { isError: true })).toMatchObject({
      ...{ status: 200, result: 'no', error: error.message },
    });
  });

  it('that is structured alone is that', () => {
    expect(mcp([], {}, { structuredContent: { a: 1 } }).result).toEqual({ a: 1 });
  });

  it('that never came is 502', () => {
    const error = { code: 'UPSTREAM_FAILED', message: 'gone' };
    expect(toProxyResult(aCall({ kind: 'MCP', outcome: 'FAILED', error, status: null }))).toEqual({
      ...{ status: 502, result: null, error: 'MCP error: gone' },
    });
  });
});

describe('an answer of an endpoint', () => {
  it('that failed is 502, with the beginning of what was said', () => {
    const error = { code: 'UPSTREAM_FAILED', message: 'The upstream answered with 500.' };
    const call = aCall({ outcome: 'FAILED', error, status: 500, result: { m: 'x'.repeat(5000) } });
    const { status, result, error: sentence } = toProxyResult(call);
    expect({ status, result }).toEqual({ status: 502, result: null });
    expect(sentence).toMatch(/^Upstream API error: The upstream answered with 500\. \{"m":"xxx/);
    expect(sentence?.length).toBeLessThan(1200);
  });

  it.each([
    [404, { message: 'No records were found.' }, true],
    [404, 'no matching records found', true],
    [404, 'Not found', false],
    [500, 'No records were found.', false],
  ])('%i %j is an empty list: %s', (status, result, isEmpty) => {
    const error = { code: 'UPSTREAM_FAILED', message: 'x' };
    const answer = toProxyResult(aCall({ outcome: 'FAILED', error, status, result }));
    expect(answer.status).toBe(isEmpty ? 200 : 502);
    if (isEmpty) expect(answer).toEqual({ status: 200, result: { records: [] }, error: null });
  });
});

describe('files that nobody asked for', () => {
  it.each<[string, unknown, unknown]>([
    ['are renamed', { outputs: files, a: 1 }, { upstream_outputs: files, a: 1 }],
    [
      'are renamed past a name that is taken',
      { outputs: files, upstream_outputs: 1 },
      { _upstream_outputs: files, upstream_outputs: 1 },
    ],
    [
      'are renamed among others',
      { outputs: { n: 5, ...files } },
      { upstream_outputs: { n: 5, ...files } },
    ],
    [
      'are renamed whatever they hold',
      { outputs: { a: { content_base64: 5 } } },
      { upstream_outputs: { a: { content_base64: 5 } } },
    ],
  ])('%s', (_, given, expected) => {
    expect(withoutForgedFiles(given)).toEqual(expected);
  });

  it.each([
    [{ outputs: { a: 1 } }],
    [{ outputs: [1] }],
    [{ outputs: 'x' }],
    [[{ outputs: files }]],
    ['{"outputs":{}}'],
    [null],
  ])('are not seen in %j', (given) => {
    expect(withoutForgedFiles(given)).toBe(given);
  });

  it('are renamed in answers of endpoints and of MCP tools', () => {
    expect(toProxyResult(aCall({ result: { outputs: files } })).result).toEqual({
      upstream_outputs: files,
    });
    expect(mcp([text(JSON.stringify({ outputs: files }))]).result).toEqual({
      upstream_outputs: files,
    });
    expect(mcp([], {}, { structuredContent: { outputs: files } }).result).toEqual({
      upstream_outputs: files,
    });
  });
});

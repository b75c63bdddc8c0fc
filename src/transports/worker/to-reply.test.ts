import { decode } from '@msgpack/msgpack';
import { describe, expect, it } from 'vitest';
import type { CallResult } from '../../calls/call-types.js';
import { AppError } from '../../errors.js';
import { type Answer, rejectionAnswer } from './answer.js';
import { endedAnswer } from './to-answer.js';
import { encodeBody, expiredBody, toReply } from './to-reply.js';

const run = { attempt: 2, durationMs: 41.6 };
const ours = { attempt: 2, duration_ms: 42 };
const empty = { sent_files: [], injected_tools: [], sent_rich_messages: [] };
const now = new Date('2026-11-21T10:00:00.250Z');

describe('the reply to a call', () => {
  it.each<[string, unknown, string]>([
    ['a text', 'hello', 'hello'],
    ['an object', { a: [1, null] }, '{"a":[1,null]}'],
    ['nothing', null, 'null'],
    ['a number', 5, '5'],
    ['an empty text', '', ''],
  ])('that answered %s has it as a string', (_, result, text) => {
    expect(sent(endpoint({ result }))).toEqual({
      ...{ correlation_id: 'c', result: text, writeback: empty, outcome: 'ok', ...ours },
    });
  });

  it('that answered bytes has them as a file', () => {
    const base64 = Buffer.from([0xff, 0xd8, 0]).toString('base64');
    const { writeback, result } = sent(endpoint({ result: { mediaType: 'image/jpeg', base64 } }));
    expect(writeback).toEqual({
      ...empty,
      sent_files: [
        { media_type: 'image/jpeg', data: Uint8Array.of(0xff, 0xd8, 0), filename: 'call-1.jpeg' },
      ],
    });
    expect(result).toBe('A file of 3 bytes (image/jpeg) was sent.');
  });

  it('of an MCP tool has its texts, and what is none as files', () => {
    const data = Buffer.from('png').toString('base64');
    const content = [
      { type: 'text', text: 'first' },
      { type: 'image', data, mimeType: 'image/png' },
      { type: 'audio', data },
      {
        type: 'resource',
        resource: { uri: 'file:///a/b.pdf?x', mimeType: 'application/pdf', blob: data },
      },
      { type: 'resource', resource: { uri: 'file:///a', text: 'second' } },
      { type: 'resource_link', uri: 'https://h.example/' },
    ];
    const { writeback, result } = sent(mcp({ content, isError: false }));
    expect(result).toBe('first\nsecond\n{"type":"resource_link","uri":"https://h.example/"}');
    const bytes = Uint8Array.from(Buffer.from('png'));
    expect(writeback).toEqual({
      ...empty,
      sent_files: [
        { media_type: 'image/png', data: bytes },
        { media_type: 'application/octet-stream', data: bytes },
        { media_type: 'application/pdf', data: bytes, filename: 'b.pdf' },
      ],
    });
  });

  it('of an MCP tool that gave structure alone has it as JSON', () => {
    const result = { content: [], structuredContent: { a: 1 }, isError: false };
    expect(sent(mcp(result)).result).toBe('{"a":1}');
  });

  it.each<[string, CallResult, string, string]>([
    [
      'an endpoint',
      endpoint({
        ...{ outcome: 'FAILED', status: 404, result: { detail: 'no pet' } },
        error: { code: 'UPSTREAM_FAILED', message: 'It answered 404.' },
      }),
      '{"success":false,"error":"It answered 404.","status":404,"result":{"detail":"no pet"}}',
      'UPSTREAM_FAILED',
    ],
    [
      'an MCP tool',
      {
        ...mcp({ content: [{ type: 'text', text: 'no such file' }], isError: true }),
        ...{ outcome: 'FAILED', error: { code: 'TOOL_ERROR', message: 'The tool failed.' } },
      },
      '{"success":false,"error":"no such file"}',
      'TOOL_ERROR',
    ],
  ])('of %s that failed reads as a failure', (_, result, text, code) => {
    expect(sent(result)).toEqual({
      ...{ correlation_id: 'c', result: text, writeback: empty, outcome: 'failed', code, ...ours },
    });
  });

  it('that was denied is an ordinary result', () => {
    const error = { code: 'FORBIDDEN', message: 'The host is not allowed.' };
    expect(sent(endpoint({ outcome: 'DENIED', error }))).toEqual({
      ...{ correlation_id: 'c', result: 'Access denied: The host is not allowed.' },
      ...{ writeback: empty, outcome: 'denied', code: 'FORBIDDEN', ...ours },
    });
  });

  it.each<[CallResult['outcome'], string, string]>([
    ['TIMEOUT', 'failed', 'UPSTREAM_TIMEOUT'],
    ['INDETERMINATE', 'indeterminate', 'INDETERMINATE'],
  ])('that ended as %s is an error', (outcome, told, code) => {
    const error = { code: 'UPSTREAM_TIMEOUT', message: 'No answer came.' };
    expect(sent(endpoint({ outcome, error }))).toEqual({
      ...{ correlation_id: 'c', error: 'No answer came.', outcome: told, code, ...ours },
    });
  });
});

describe('the reply to a call that threw', () => {
  it('has the name of the class and nothing else', () => {
    class SecretError extends Error {}
    const reply = sentFor({ kind: 'thrown', error: new SecretError('password=hunter2') });
    expect(reply).toEqual({
      correlation_id: 'c',
      error: "Tool 'tool' raised SecretError on the tools service.",
      ...{ outcome: 'exception', code: 'INTERNAL', ...ours },
    });
  });

  it.each([['a text'], [null], [undefined], [{ name: 'x\ny' }]])('%o has a class too', (error) => {
    expect(sentFor({ kind: 'thrown', error }).error).toBe(
      "Tool 'tool' raised NonError on the tools service.",
    );
  });

  it.each<[AppError, object, boolean]>([
    [
      new AppError('INVALID_INPUT', 'arguments/limit: expected a number.'),
      {
        result:
          '{"success":false,"error":"arguments/limit: expected a number.","code":"INVALID_INPUT"}',
        ...{ writeback: empty, outcome: 'failed', code: 'INVALID_INPUT' },
      },
      false,
    ],
    [
      new AppError('FORBIDDEN', 'No.'),
      { result: 'Access denied: No.', writeback: empty, outcome: 'denied', code: 'FORBIDDEN' },
      false,
    ],
    [
      new AppError('UPSTREAM_FAILED', 'The store does not answer.'),
      { error: 'The store does not answer.', outcome: 'failed', code: 'UPSTREAM_FAILED' },
      true,
    ],
    [
      new AppError('INTERNAL', 'secret'),
      {
        error: "Tool 'tool' raised AppError on the tools service.",
        ...{ outcome: 'exception', code: 'INTERNAL' },
      },
      false,
    ],
  ])('says why it was refused: %o', (error, expected, isRetryable) => {
    const answer = endedAnswer({ kind: 'thrown', error }, 'tool');
    expect(replyOf(answer)).toEqual({ correlation_id: 'c', ...expected, ...ours });
    expect(answer.isRetryable).toBe(isRetryable);
  });

  it('says that a key was used before', () => {
    const reply = sentFor({ kind: 'thrown', error: new AppError('CONFLICT', 'used') });
    expect(reply).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(reply).not.toHaveProperty('result');
  });
});

describe('the reply to a request that was not executed', () => {
  it('has a status where the catalog is stale, and neither result nor error', () => {
    expect(replyOf(rejectionAnswer('CATALOG_STALE'))).toEqual({
      ...{ correlation_id: 'c', status: 'CATALOG_STALE', code: 'CATALOG_STALE', ...ours },
    });
  });

  it('has the sentence of the reference where nobody is identified', () => {
    expect(replyOf(rejectionAnswer('UNAUTHENTICATED'))).toEqual({
      correlation_id: 'c',
      error: 'Tool request rejected: no authenticated session.',
      ...{ code: 'UNAUTHENTICATED', ...ours },
    });
  });

  it('says that a result is not kept any more', () => {
    expect(decoded(expiredBody())).toMatchObject({ code: 'RESULT_EXPIRED', attempt: 0 });
  });
});

describe('what cannot be sent', () => {
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;

  it.each<[string, unknown[]]>([
    ['a cycle', [cyclic]],
    ['a function', [() => 1]],
    ['a symbol', [Symbol('x')]],
    ['a bigint', [5n]],
  ])('becomes an error: %s', (_, sent_rich_messages) => {
    const writeback = { ...empty, sent_rich_messages };
    const reply = replyOf({ ...ok, body: { ...ok.body, writeback } });
    expect(reply).toMatchObject({ code: 'RESULT_UNENCODABLE', outcome: 'ok', ...ours });
    expect(reply).not.toHaveProperty('result');
  });

  it('becomes an error where it is too large', () => {
    const reply = sent(endpoint({ result: 'x'.repeat(1024 ** 2 + 1) }));
    expect(reply).toMatchObject({ code: 'RESULT_TOO_LARGE', outcome: 'ok' });
    expect(reply.error).toMatch(/^The tool was called, but its result has \d+ bytes/);
  });

  it('leaves out what is undefined, and mends half a surrogate pair', () => {
    const reply = sent(endpoint({ result: 'a\ud83d' }));
    expect(reply.result).toBe('a\uFFFD');
    expect(Object.values(reply)).not.toContain(undefined);
  });
});

describe('one body', () => {
  it('answers everybody with their own correlation id', () => {
    const body = encodeBody(ok, run);
    const ids = ['one', '', 'ü'.repeat(200), 'x'.repeat(70_000)];
    for (const correlationId of ids) {
      const { replyTo, fields } = toReply({ replyTo: 's', correlationId }, body, now);
      expect(replyTo).toBe('s');
      expect(fields).toMatchObject({ ts: '1795255200.25', trace_id: '' });
      expect(decoded(fields.data as Uint8Array)).toEqual({
        ...{ correlation_id: correlationId, ...ok.body, ...ours },
      });
    }
  });

  it('names the trace where it is known', () => {
    const head = { replyTo: 's', correlationId: 'c', traceId: 't' };
    expect(toReply(head, encodeBody(ok, run), now).fields.trace_id).toBe('t');
  });
});

const ok: Answer = endedAnswer({ kind: 'result', result: endpoint({ result: 'x' }) }, 'tool');

function endpoint(given: Partial<CallResult>): CallResult {
  return {
    ...{ callId: 'call-1', kind: 'ENDPOINT', outcome: 'OK', result: null, error: null },
    ...{ status: given.outcome ? null : 200, durationMs: 1, request: null, replayed: false },
    ...given,
  };
}

function mcp(result: unknown): CallResult {
  return { ...endpoint({ result }), kind: 'MCP', status: null };
}

function sent(result: CallResult): Record<string, unknown> {
  return sentFor({ kind: 'result', result });
}

function sentFor(ended: Parameters<typeof endedAnswer>[0]): Record<string, unknown> {
  return replyOf(endedAnswer(ended, 'tool'));
}

function replyOf(answer: Answer): Record<string, unknown> {
  const { fields } = toReply({ replyTo: 's', correlationId: 'c' }, encodeBody(answer, run), now);
  return decoded(fields.data as Uint8Array);
}

function decoded(bytes: Uint8Array): Record<string, unknown> {
  return decode(new Uint8Array(bytes)) as Record<string, unknown>;
}

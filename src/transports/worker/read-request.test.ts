import { ExtData, encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ReadRequest, readRequest, type WorkerRequest } from './read-request.js';

const replies = { reply_to: 'sg:tools:reply:a', correlation_id: 'c-1', ctx: { trace_id: 't-1' } };
const known = { replyTo: 'sg:tools:reply:a', correlationId: 'c-1', traceId: 't-1' };
const noDepth = { maxDepth: 1_000_000 };

describe('a request', () => {
  it('is read with all that its sender may say', () => {
    const request = reads({
      ...replies,
      idem_key: 'k',
      schema_hash: 'h',
      tool_name: 'list_pets',
      tool_args: { limit: 3, tags: ['a'], nested: { x: null } },
      ctx: {
        trace_id: 't-1',
        observability_request_id: 'o-1',
        platform: 'discord',
        channel_id: 'ch',
        user_id: 'forged',
        guild_id: 'forged',
        user_name: 'Ann',
        message_id: 'm-1',
        disclosed_skill_ids: ['s1', 's2'],
        room_context: { topic: 'x' },
      },
      deadline_at: 1_800_000_000.5,
      traceparent: '00-a-b-01',
      tracestate: 'x=1',
      unknown: new Uint8Array(3),
    });
    expect(request).toEqual({
      ...{
        grant: '',
        correlationId: 'c-1',
        replyTo: 'sg:tools:reply:a',
        idemKey: 'k',
        schemaHash: 'h',
      },
      toolName: 'list_pets',
      arguments: { limit: 3, tags: ['a'], nested: { x: null } },
      traceId: 't-1',
      deadlineAt: new Date(1_800_000_000_500),
      traceHeaders: { traceparent: '00-a-b-01', tracestate: 'x=1' },
    });
  });

  it.each<[string, Record<string, unknown>]>([
    ['nothing', {}],
    ['nil everywhere', nothing(null)],
    ['empty texts', { ...nothing(''), deadline_at: null }],
    ['what Python takes for nothing', { tool_args: [], ctx: false }],
    ['zero', { tool_args: 0, ctx: 0 }],
  ])('is empty where it says %s', (_, payload) => {
    expect(reads(payload)).toEqual({
      ...{ grant: '', correlationId: '', replyTo: '', idemKey: '', schemaHash: '', toolName: '' },
      arguments: {},
      traceId: '',
      deadlineAt: null,
      traceHeaders: {},
    });
  });

  it('may say anything of where it comes from', () => {
    const ctx = { trace_id: 't', channel_id: 2n ** 62n, message_id: 7, room_context: [[{}]] };
    const bytes = encode({ ctx, traceparent: 5 }, { useBigInt64: true });
    expect(requestOf(read(bytes))).toMatchObject({ traceId: 't', traceHeaders: {} });
  });

  it('takes 64-bit integers, floats and bytes as JSON has them', () => {
    const tool_args = { a: 2n ** 40n, b: -5n, c: 1.5, d: Buffer.from('hi') };
    const bytes = encode({ tool_args }, { useBigInt64: true });
    expect(requestOf(read(bytes)).arguments).toEqual({ a: 2 ** 40, b: -5, c: 1.5, d: 'aGk=' });
  });

  it('reads a deadline written as a time', () => {
    const { deadlineAt } = reads({ deadline_at: '2026-11-21T12:00:00+02:00' });
    expect(deadlineAt).toEqual(new Date('2026-11-21T10:00:00Z'));
  });
});

describe('a request that cannot be', () => {
  it.each<[string, object, string]>([
    ['a number for a tool', { tool_name: 5 }, 'tool_name: expected a text'],
    ['bytes for a key', { idem_key: new Uint8Array(2) }, 'idem_key: expected a text'],
    ['a list of arguments', { tool_args: [1] }, 'tool_args: expected a map'],
    ['a text of arguments', { tool_args: 'x' }, 'tool_args: expected a map'],
    ['a text for the context', { ctx: 'x' }, 'ctx: expected a map'],
    ['a number for a trace', { ctx: { trace_id: 1 } }, 'ctx.trace_id: expected a text'],
    ['a long key', { idem_key: 'x'.repeat(1001) }, 'idem_key: expected at most 1000 characters'],
    ['milliseconds', { deadline_at: 1.8e12 }, 'deadline_at: expected seconds since 1970'],
    ['no time', { deadline_at: 'soon' }, 'deadline_at: expected seconds since 1970'],
    ['NaN', { tool_args: { a: [Number.NaN] } }, 'tool_args.a.0: NaN is no JSON number'],
  ])('is refused with a sentence: %s', (_, wrong, sentence) => {
    const refused = read(encode({ ...replies, ...wrong }));
    expect(refused).toMatchObject({ kind: 'refused', reason: 'invalid', replyTo: known.replyTo });
    expect(refused).toHaveProperty('error', expect.stringContaining(sentence));
  });

  it('is refused for an integer that a number does not keep', () => {
    const tool_args = { id: 2n ** 53n + 1n };
    const refused = read(encode({ ...replies, tool_args }, { useBigInt64: true }));
    expect(refused).toEqual({
      ...{ kind: 'refused', reason: 'invalid', ...known },
      error:
        'Tool request rejected: tool_args.id: 9007199254740993 is beyond what a JSON number keeps: send it as a text.',
    });
  });

  it.each<[string, Uint8Array, string]>([
    ['a list', encode([1, 2]), 'invalid'],
    ['a text', encode('data'), 'invalid'],
    ['nothing', new Uint8Array(0), 'undecodable'],
    ['a byte that begins no value', Uint8Array.of(0x81, 0xa1, 0x61, 0xc1), 'undecodable'],
    ['a header of 4 GiB', Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff), 'invalid'],
    ['a map of 4 GiB', Uint8Array.of(0xdf, 0xff, 0xff, 0xff, 0xff), 'undecodable'],
    ['a text of 4 GiB', Uint8Array.of(0x81, 0xdb, 0xff, 0xff, 0xff, 0xff), 'undecodable'],
    [
      'a list of 4 GiB in it',
      Uint8Array.of(0x81, 0xa1, 0x61, 0xdd, 0xff, 0xff, 0xff, 0xff),
      'undecodable',
    ],
    ['bytes after its end', Buffer.concat([encode({}), encode(1)]), 'undecodable'],
  ])('is refused where the payload is %s', (_, payload, reason) => {
    expect(read(payload)).toMatchObject({ kind: 'refused', reason });
  });

  it('is refused where there is no payload', () => {
    expect(readRequest(new Map())).toMatchObject({ kind: 'refused', reason: 'undecodable' });
  });

  it.each<[string, Uint8Array]>([
    ['a key named __proto__', withProto()],
    ['a key that is a number', encodeMap([['tool_args', Uint8Array.of(0x81, 0x01, 0x02)]])],
    ['a text that is not UTF-8', encodeMap([['tool_args', notUtf8(encode({ a: 'abc' }))]])],
    ['half of a surrogate pair', encodeMap([['tool_args', Uint8Array.of(0xa3, 0xed, 0xa0, 0x80)]])],
    ['an extension', encode({ ...replies, tool_args: { at: new ExtData(5, new Uint8Array(4)) } })],
    ['a time', encode({ ...replies, tool_args: { at: new Date(0) } })],
  ])('is refused and answered for %s', (_, payload) => {
    expect(read(payload)).toMatchObject({ kind: 'refused', reason: 'undecodable', ...known });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it.each([33, 500, 100_000, 900_000])('is refused and answered when %i levels deep', (depth) => {
    const lists = Buffer.concat([Buffer.alloc(depth - 1, 0x91), encode(1)]);
    const payload = encodeMap([['tool_args', Buffer.concat([Uint8Array.of(0x91), lists])]]);
    expect(read(payload)).toMatchObject({ kind: 'refused', reason: 'invalid', ...known });
  });

  it('is read when 32 levels deep', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 31; level += 1) deep = [deep];
    expect(read(encode({ tool_args: { deep } }, noDepth)).kind).toBe('request');
  });

  it.each([
    ['its arguments have', 257 * 1024],
    ['it has', 10 * 1024 ** 2],
  ])('is refused and answered when %s too many bytes', (_, size) => {
    const payload = encode({ tool_args: { text: 'x'.repeat(size) }, ...replies });
    expect(read(payload)).toMatchObject({ kind: 'refused', reason: 'oversize', ...known });
  });

  it('is read with arguments of 255 KiB', () => {
    expect(read(encode({ tool_args: { text: 'x'.repeat(255 * 1024) } })).kind).toBe('request');
  });

  it('never allocates for what is only said to be there', () => {
    const header = Uint8Array.of(0xdd, 0x01, 0xff, 0xff, 0xff);
    const lists = Array.from({ length: 30 }, () => header);
    const payload = encodeMap([['tool_args', Buffer.concat(lists)]]);
    const before = process.memoryUsage().rss;
    expect(read(payload)).toMatchObject({ kind: 'refused', reason: 'undecodable', ...known });
    expect(process.memoryUsage().rss - before).toBeLessThan(500 * 1024 ** 2);
  });

  it('is answered wherever it is cut off after the name of the stream', () => {
    const whole = encode({ ...replies, tool_name: 'x', tool_args: { a: [1, 2, 3], b: 'text' } });
    const start = encode(replies).byteLength;
    for (let end = start; end < whole.byteLength; end += 1) {
      expect(read(whole.subarray(0, end))).toMatchObject({ kind: 'refused', ...known });
    }
  });
});

describe('whatever bytes come', () => {
  it('an answer comes back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(['request', 'refused']).toContain(read(bytes).kind);
      }),
      { numRuns: 2000 },
    );
  });

  it('one flipped byte of a good request is a request or refused', () => {
    const whole = encode({ ...replies, tool_name: 'x', tool_args: { a: [1, 2.5, null, true] } });
    fc.assert(
      fc.property(fc.nat(whole.byteLength - 1), fc.nat(255), (at, value) => {
        const bytes = Uint8Array.from(whole);
        bytes[at] = value;
        expect(['request', 'refused']).toContain(read(bytes).kind);
      }),
      { numRuns: 2000 },
    );
  });

  it('JSON arguments arrive as they were sent', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string().filter(isKey), fc.jsonValue({ maxDepth: 5 }).filter(isSafe)),
        (args) => {
          const request = requestOf(read(encode({ tool_args: args })));
          expect(JSON.stringify(request.arguments)).toBe(JSON.stringify(args));
        },
      ),
    );
  });
});

/** Arguments with a key of this name are refused, however deep it lies. */
function isSafe(value: unknown): boolean {
  return !JSON.stringify(value).includes('"__proto__":');
}

function isKey(key: string): boolean {
  return key !== '__proto__' && key.isWellFormed();
}

function read(payload: Uint8Array): ReadRequest {
  return readRequest(new Map([['data', payload]]));
}

function reads(payload: object): WorkerRequest {
  return requestOf(read(encode(payload)));
}

function requestOf(result: ReadRequest): WorkerRequest {
  if (result.kind === 'refused') throw new Error(result.error);
  return result.request;
}

function nothing(value: unknown): Record<string, unknown> {
  const texts = ['correlation_id', 'reply_to', 'idem_key', 'schema_hash', 'tool_name'];
  const names = [...texts, 'tool_args', 'ctx', 'deadline_at'];
  return Object.fromEntries(names.map((name) => [name, value]));
}

function notUtf8(bytes: Uint8Array): Uint8Array {
  bytes[bytes.length - 1] = 0xff;
  return bytes;
}

/** `replies`, then members that are written by hand. */
function encodeMap(members: [string, Uint8Array][]): Uint8Array {
  const [, ...base] = encode(replies);
  const own = members.flatMap(([key, value]) => [encode(key), value]);
  return Buffer.concat([Uint8Array.of(0x83 + members.length, ...base), ...own]);
}

function withProto(): Uint8Array {
  const polluting = encode({ polluted: true });
  return encodeMap([
    ['tool_args', Buffer.concat([Uint8Array.of(0x81), encode('__proto__'), polluting])],
  ]);
}

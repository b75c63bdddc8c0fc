import { Buffer } from 'node:buffer';
import { Encoder } from '@msgpack/msgpack';
import type { Reply } from '../../messaging/request-log.js';
import { type Answer, type ReplyBody, rejectionAnswer } from './answer.js';
import type { Run } from './request-source.js';

const maxBodyBytes = 1024 ** 2;
const encoder = new Encoder({ ignoreUndefined: true });
const correlationName = encoder.encode('correlation_id');

/**
 * An answer as msgpack, without a correlation id: what is kept for everybody who asks. Never throws: what is too large,
 * or cannot be encoded, becomes an error that says so, under the outcome that the call had.
 */
export function encodeBody({ body, outcome }: Answer, { attempt, durationMs }: Run): Uint8Array {
  const rest = { attempt, duration_ms: Math.round(durationMs) };
  const encoded = tryToEncode({ ...body, ...rest });
  if (encoded && encoded.byteLength <= maxBodyBytes) return encoded;
  const [code, why] = encoded
    ? ['RESULT_TOO_LARGE', `has ${encoded.byteLength} bytes, more than ${maxBodyBytes}`]
    : ['RESULT_UNENCODABLE', 'cannot be encoded'];
  const error = `The tool was called, but its result ${why}. Do not call it again for the same.`;
  const note: ReplyBody = { error, ...(outcome && { outcome }), code };
  return encoder.encode({ ...note, ...rest });
}

/** The body for somebody whose job is done and whose result is not kept any more. */
export function expiredBody(): Uint8Array {
  return encodeBody(rejectionAnswer('RESULT_EXPIRED'), { attempt: 0, durationMs: 0 });
}

export type ReplyHead = { replyTo: string; correlationId: string; traceId?: string };

/** A kept body as the reply to one of those who asked: its own correlation id first. Nothing is encoded anew. */
export function toReply(
  { replyTo, correlationId, traceId = '' }: ReplyHead,
  body: Uint8Array,
  now: Date,
): Reply {
  const data = addMember(body, correlationName, correlationId);
  return { replyTo, fields: { data, ts: String(now.getTime() / 1000), trace_id: traceId } };
}

function tryToEncode(body: object): Uint8Array | null {
  try {
    return encoder.encode(mend(body));
  } catch {
    return null;
  }
}

/** A copy without halves of surrogate pairs, which UTF-8 does not have and strict readers refuse. */
function mend(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(mend);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, mend(part)]));
}

const fixedMap = 0x80;
const maxFixedMembers = 15;

/** Bodies have few members: their number is in the first byte ("fixmap" of the msgpack specification). */
function addMember(body: Uint8Array, name: Uint8Array, value: string): Uint8Array {
  const members = (body[0] ?? 0) - fixedMap;
  if (members < 0 || members >= maxFixedMembers)
    throw new RangeError('A body is a map of few members.');
  const head = Uint8Array.of(fixedMap + members + 1);
  return Buffer.concat([head, name, encoder.encode(value), body.subarray(1)]);
}

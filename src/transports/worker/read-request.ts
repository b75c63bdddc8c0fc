import { z } from 'zod';
import { isFalsy } from '../../lib/is-falsy.js';
import type { DeadLetterReason } from '../../messaging/request-log.js';
import { decodeMsgpack } from './decode-msgpack.js';
import { type Skimmed, skimRequest } from './skim-request.js';
import { toJsonMembers, UnfitValue } from './to-json-value.js';

/** A request for a call as its sender wrote it; what is missing is empty. */
export type WorkerRequest = {
  correlationId: string;
  replyTo: string;
  idemKey: string;
  schemaHash: string;
  toolName: string;
  arguments: Record<string, unknown>;
  /** Names the session. Nothing else in `ctx` says who asks, nor where. */
  traceId: string;
  /** A compact JWS that allows this very request, where the worker asks for one. */
  grant: string;
  /** After it nobody wants the answer. */
  deadlineAt: Date | null;
  /** `traceparent` and `tracestate` (W3C Trace Context). */
  traceHeaders: Record<string, string>;
};

export type RefusedRequest = {
  kind: 'refused';
  reason: Extract<DeadLetterReason, 'undecodable' | 'invalid' | 'oversize'>;
  /** A sentence for the sender. */
  error: string;
  /** As far as they could be read. */
  replyTo: string;
  correlationId: string;
  traceId: string;
};

export type ReadRequest = { kind: 'request'; request: WorkerRequest } | RefusedRequest;

const payloadField = 'data';
const maxPayloadBytes = 1024 ** 2;
/** What is larger is not even looked into for who sent it. */
const maxSkimmedBytes = 16 * 1024 ** 2;
const maxArgumentBytes = 256 * 1024;
const maxDepth = 32;

/**
 * Reads one entry of the request log. Its payload is a msgpack map; unknown members are ignored, missing ones and nil are
 * empty. `deadline_at` is seconds since 1970 or an RFC 3339 text. Never throws.
 */
export function readRequest(fields: ReadonlyMap<string, Uint8Array>): ReadRequest {
  const payload = fields.get(payloadField);
  if (!payload) {
    const error = `the entry has no field "${payloadField}" with a msgpack payload`;
    return refuse('undecodable', error, noRequest);
  }
  const skimmed = skimRequest(payload.subarray(0, maxSkimmedBytes));
  const misfit = findMisfit(payload, skimmed);
  if (misfit) return refuse(...misfit, skimmed);
  try {
    return { kind: 'request', request: toRequest(decodeMsgpack(payload)) };
  } catch (error) {
    return refuse(...explain(error), skimmed);
  }
}

const noRequest = { replyTo: '', correlationId: '', traceId: '' };

type Misfit = [reason: RefusedRequest['reason'], error: string];

function findMisfit(
  payload: Uint8Array,
  { argumentBytes, depth, problem }: Skimmed,
): Misfit | null {
  if (payload.byteLength > maxPayloadBytes)
    return [
      'oversize',
      `the payload has ${payload.byteLength} bytes, more than ${maxPayloadBytes}`,
    ];
  if (argumentBytes > maxArgumentBytes)
    return ['oversize', `tool_args has ${argumentBytes} bytes, more than ${maxArgumentBytes}`];
  if (depth > maxDepth)
    return ['invalid', `the payload is nested ${depth} levels deep, more than ${maxDepth}`];
  if (problem === null) return null;
  return [problem === 'is not a map' ? 'invalid' : 'undecodable', `the payload ${problem}`];
}

const text = z
  .string('expected a text')
  .max(1000, 'expected at most 1000 characters')
  .nullish()
  .transform((value) => value ?? '');

const token = z
  .string('expected a text')
  .max(4000, 'expected at most 4000 characters')
  .nullish()
  .transform((value) => value ?? '');

/** Of no weight: another kind of value is as good as none. */
const anyText = text.catch('');

const Deadline = z
  .union(
    [
      z
        .number()
        .positive()
        .max(1e11)
        .transform((seconds) => new Date(seconds * 1000)),
      z.iso.datetime({ offset: true }).transform((value) => new Date(value)),
    ],
    'expected seconds since 1970, or a time such as 2026-11-21T12:00:00Z',
  )
  .nullish()
  .transform((value) => value ?? null);

/** Anything that counts as nothing stands for an empty map. */
const falsyOrMap = <Shape extends z.ZodType>(shape: Shape) =>
  z.preprocess((value) => (isFalsy(value) ? {} : value), shape);

const Context = z.object({ trace_id: text }, 'expected a map');

const Envelope = z.object({
  correlation_id: text,
  reply_to: text,
  idem_key: text,
  schema_hash: text,
  tool_name: text,
  tool_args: falsyOrMap(z.record(z.string(), z.unknown(), 'expected a map')),
  ctx: falsyOrMap(Context),
  grant: token,
  deadline_at: Deadline,
  traceparent: anyText,
  tracestate: anyText,
});

function toRequest(decoded: unknown): WorkerRequest {
  const envelope = Envelope.parse(decoded);
  const { ctx, traceparent, tracestate } = envelope;
  return {
    correlationId: envelope.correlation_id,
    replyTo: envelope.reply_to,
    idemKey: envelope.idem_key,
    schemaHash: envelope.schema_hash,
    toolName: envelope.tool_name,
    arguments: toJsonMembers(envelope.tool_args, ['tool_args']),
    traceId: ctx.trace_id,
    grant: envelope.grant,
    deadlineAt: envelope.deadline_at,
    traceHeaders: {
      ...(traceparent && { traceparent }),
      ...(traceparent && tracestate && { tracestate }),
    },
  };
}

function explain(error: unknown): Misfit {
  if (error instanceof UnfitValue) return ['invalid', error.message];
  if (error instanceof z.ZodError) {
    const [issue] = error.issues;
    return ['invalid', `${issue?.path.join('.')}: ${issue?.message}`];
  }
  const why = error instanceof Error ? error.message : 'it is no msgpack';
  return ['undecodable', `the payload cannot be decoded: ${why}`];
}

function refuse(
  reason: RefusedRequest['reason'],
  problem: string,
  { replyTo, correlationId, traceId }: Pick<Skimmed, 'replyTo' | 'correlationId' | 'traceId'>,
): RefusedRequest {
  const error = `Tool request rejected: ${problem}.`;
  return { kind: 'refused', reason, error, replyTo, correlationId, traceId };
}

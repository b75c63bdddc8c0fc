import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { requireScope } from '../../access/require-scope.js';
import { type Context, scopes } from '../../context.js';
import { AppError } from '../../errors.js';
import { parseInput } from '../../lib/parse-input.js';
import { storableText } from '../../lib/storable-text.js';
import { CallToolInput } from '../call-tool.js';
import { digestArguments } from '../digest-arguments.js';
import { refuseOtherArguments } from '../execute-call.js';
import { getCallable } from '../get-callable.js';
import { refuseDeepArguments } from '../in-arguments.js';
import { checkArguments } from '../prepare-call.js';
import { queueCall } from './queue-call.js';
import {
  findByKey,
  insertCall,
  type NewCall,
  noteQueued,
  releaseKey,
  type SubmittedCallRow,
  withdrawCall,
} from './submitted-statements.js';

const hourMs = 60 * 60 * 1000;
const defaultDeadlineMs = 24 * hourMs;
const longestDeadlineMs = 7 * 24 * hourMs;
const maxArgumentBytes = 1024 * 1024;

export const SubmitCallInput = CallToolInput.extend({
  /** A date, or one in text (RFC 3339). */
  deadline: z
    .union([z.date(), z.iso.datetime({ offset: true }).transform((text) => new Date(text))], {
      error: 'expected a date and a time such as 2026-11-21T18:00:00Z',
    })
    .nullish(),
});
export type SubmitCallInput = z.input<typeof SubmitCallInput>;

export type SubmitContext = Pick<
  Context,
  'actor' | 'calls' | 'submitted' | 'traceHeaders' | 'clock'
>;

/**
 * Notes a call of an agent's tool, to be run by a worker soon, and does not wait for it. It is kept before this returns:
 * from then on it ends with a result, whatever dies. The same idempotency key gives the same call for 24 hours after its end.
 * Throws what `callTool` throws for a name or arguments that do not fit, and for a key that was used with other arguments;
 * LIMIT_EXCEEDED when too many calls wait, or for arguments beyond 1 MiB. Nothing is kept then.
 */
export async function submitCall(
  ctx: SubmitContext,
  raw: SubmitCallInput,
): Promise<SubmittedCallRow> {
  requireScope(ctx.actor, scopes.call);
  const input = parseInput(SubmitCallInput, raw);
  const call = await toNewCall(ctx, input);
  const parts = ctx.submitted;
  for (;;) {
    const { submitted, isQueued } = await insertOrFind(ctx, call);
    if (isQueued) return submitted;
    const name = { tenant: call.tenant, id: submitted.id };
    await queueCall(parts, name).catch(async (error: unknown) => {
      await withdrawCall(parts.run, name);
      throw toRefusal(error);
    });
    // Another submission under the same key may have taken it back meanwhile: its entry of the log leads nowhere then.
    const queued = await noteQueued(parts.run, name);
    if (queued) return queued;
  }
}

type Input = z.output<typeof SubmitCallInput>;

async function toNewCall(ctx: SubmitContext, input: Input): Promise<NewCall> {
  const { actor, submitted } = ctx;
  const { agentId, name: toolName } = input;
  refuseDeepArguments(input.arguments);
  const text = JSON.stringify(input.arguments ?? {});
  refuseLargeArguments(text);
  const deadlineAt = toDeadline(ctx.clock.now(), input.deadline ?? null);
  const idempotencyKey = input.idempotencyKey ?? null;
  const id = randomUUID();
  const callable = await getCallable(ctx.calls, { ...input, tenant: actor.tenant });
  const order = { callable, arguments: input.arguments, idempotencyKey: idempotencyKey ?? id };
  checkArguments(ctx.calls, order);
  return {
    ...{ id, tenant: actor.tenant, app: actor.app, agentId, toolName, idempotencyKey, deadlineAt },
    subject: actor.subject && storableText(actor.subject),
    argumentsDigest: digestArguments(input.arguments ?? {}),
    sealedArguments: submitted.sealer.seal(text),
    traceHeaders: ctx.traceHeaders,
    requeueMs: submitted.settings.requeueMs,
  };
}

/** `isQueued`: the request log has it already. */
type Found = { submitted: SubmittedCallRow; isQueued: boolean };

async function insertOrFind(ctx: SubmitContext, call: NewCall): Promise<Found> {
  const { run } = ctx.submitted;
  for (;;) {
    const inserted = await insertCall(run, call);
    if (inserted) return { submitted: inserted, isQueued: false };
    const found = await findByKey(run, call);
    if (!found) continue;
    const { argumentsDigest, isQueued, isStale, ...submitted } = found;
    if (isStale) {
      await releaseKey(run, { tenant: call.tenant, id: found.id });
      continue;
    }
    refuseOtherArguments(argumentsDigest, call.argumentsDigest, call.idempotencyKey ?? '');
    return { submitted, isQueued };
  }
}

function refuseLargeArguments(text: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxArgumentBytes) return;
  throw new AppError(
    'LIMIT_EXCEEDED',
    `arguments: they take ${bytes} bytes, and at most ${maxArgumentBytes} can be submitted. Call the tool directly instead.`,
    { limit: 'argumentBytes', allowed: maxArgumentBytes, found: bytes },
  );
}

function toDeadline(now: Date, given: Date | null): Date {
  if (given === null) return new Date(now.getTime() + defaultDeadlineMs);
  const inMs = given.getTime() - now.getTime();
  if (inMs > 0 && inMs <= longestDeadlineMs) return given;
  const message = 'expected a time from now on, at most 7 days ahead';
  throw new AppError('INVALID_INPUT', `deadline: ${message}`, {
    issues: [{ path: ['deadline'], message, code: 'out_of_range' }],
  });
}

function toRefusal(error: unknown): unknown {
  if (!(error instanceof AppError) || error.code !== 'LIMIT_EXCEEDED') return error;
  return new AppError(
    'LIMIT_EXCEEDED',
    'Too many calls wait for a worker: this one was not submitted. Submit it again in a while.',
    { limit: 'waitingCalls', retryAfterSeconds: 5 },
    { cause: error },
  );
}

import { z } from 'zod';
import { requireScope } from '../../access/require-scope.js';
import { type Context, scopes } from '../../context.js';
import { AppError } from '../../errors.js';
import { parseInput } from '../../lib/parse-input.js';
import { finishSubmittedCall } from './finish-submitted-call.js';
import { DeadLetterId, type DeadLetterRow, toDeadLetterRow } from './list-dead-letters.js';
import { readQueuedCall } from './queue-call.js';
import type { SubmittedParts } from './submitted-parts.js';
import { type CallName, findRow, reopenRow } from './submitted-statements.js';

export const ReplayDeadLetterInput = z.object({ id: DeadLetterId });
export type ReplayDeadLetterInput = z.input<typeof ReplayDeadLetterInput>;

/**
 * Gives the request of a dead letter to the workers again and removes the letter; a submitted call is waiting again then.
 * Throws NOT_FOUND when the tenant has no such letter, CONFLICT for a submitted call that cannot run again, and
 * LIMIT_EXCEEDED when too many requests wait; the letter stays then, and the call keeps its result.
 */
export async function replayDeadLetter(
  ctx: Pick<Context, 'actor' | 'submitted'>,
  raw: ReplayDeadLetterInput,
): Promise<DeadLetterRow> {
  requireScope(ctx.actor, scopes.call);
  const { id } = parseInput(ReplayDeadLetterInput, raw);
  const { requests } = ctx.submitted;
  const letter = await requests.findDeadLetter(id);
  if (!letter || letter.tenant !== ctx.actor.tenant) return refuse(id);
  const name = readQueuedCall(letter);
  const isOurs = name?.tenant === ctx.actor.tenant;
  const undo = name && isOurs ? await reopen(ctx.submitted, name) : null;
  const replayed = await requests.replayDeadLetter(id).catch(async (error: unknown) => {
    await undo?.();
    throw error;
  });
  if (replayed === null && !undo) return refuse(id);
  return toDeadLetterRow(letter);
}

function refuse(id: string): never {
  throw new AppError('NOT_FOUND', `There is no dead letter "${id}".`, { id });
}

/** What is returned makes it finished again, as it was. */
async function reopen(parts: SubmittedParts, name: CallName): Promise<() => Promise<unknown>> {
  const { run, settings } = parts;
  const before = await findRow(run, name);
  if (!before?.result || !(await reopenRow(run, name, settings.requeueMs))) {
    throw new AppError(
      'CONFLICT',
      `The call "${name.id}" cannot run again: it is not finished, or its arguments are not kept any more.`,
      { callId: name.id },
    );
  }
  const { result } = before;
  return () => finishSubmittedCall(parts, name, result, { isReplayable: true, ifQueued: true });
}

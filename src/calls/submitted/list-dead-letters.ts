import { z } from 'zod';
import { requireScope } from '../../access/require-scope.js';
import { type Context, scopes } from '../../context.js';
import { parseInput } from '../../lib/parse-input.js';
import type { DeadLetter } from '../../messaging/request-log.js';
import { readQueuedCall } from './queue-call.js';

/** A request that no worker tries any more. What it asked for stays in the log. */
export type DeadLetterRow = Pick<
  DeadLetter,
  'id' | 'reason' | 'error' | 'attempt' | 'traceId' | 'at'
> & {
  /** Of the submitted call; null for a request of another kind. */
  callId: string | null;
};

/** As the log gives them. */
export const DeadLetterId = z
  .string()
  .max(50)
  .regex(/^\d+(-\d+)?$/, 'expected the id of a dead letter');

export const ListDeadLettersInput = z.object({
  first: z
    .number()
    .int()
    .min(1)
    .max(500)
    .nullish()
    .transform((value) => value ?? 50),
  /** The last one that the caller has. */
  after: DeadLetterId.nullish(),
});
export type ListDeadLettersInput = z.input<typeof ListDeadLettersInput>;

const pageSize = 500;

/** Dead letters of the tenant, the newest first. Requests of which nobody can tell whose they are, are in no list. */
export async function listDeadLetters(
  ctx: Pick<Context, 'actor' | 'submitted'>,
  raw: ListDeadLettersInput,
): Promise<DeadLetterRow[]> {
  requireScope(ctx.actor, scopes.read);
  const { first, after } = parseInput(ListDeadLettersInput, raw);
  const found: DeadLetterRow[] = [];
  for (let last = after ?? null; ; ) {
    const page = await ctx.submitted.requests.listDeadLetters({ first: pageSize, after: last });
    const own = page.filter(({ tenant }) => tenant === ctx.actor.tenant);
    found.push(...own.slice(0, first - found.length).map(toDeadLetterRow));
    last = page.at(-1)?.id ?? null;
    if (found.length === first || page.length < pageSize) return found;
  }
}

export function toDeadLetterRow(letter: DeadLetter): DeadLetterRow {
  const { id, reason, error, attempt, traceId, at } = letter;
  return { id, reason, error, attempt, traceId, at, callId: readQueuedCall(letter)?.id ?? null };
}

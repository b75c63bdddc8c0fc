import type { Clock } from '../context.js';
import type { Claim, Ending } from './call-claim.js';
import type { CallJournal } from './call-journal.js';
import type { CallError, CallOutcome, CallResult } from './call-types.js';

type Death = { outcome: CallOutcome; error: CallError };

const deaths: Record<'safe' | 'unsafe', Death> = {
  safe: {
    outcome: 'FAILED',
    error: {
      code: 'INTERRUPTED',
      message:
        'The process that ran the call ended before its answer was known: the call has no effect and can be made again.',
    },
  },
  unsafe: {
    outcome: 'INDETERMINATE',
    error: {
      code: 'INDETERMINATE',
      message:
        'The process that ran the call ended before its answer was known: the call may have had its effect, or not.',
    },
  },
};

/** What a call came to whose answer is lost. */
export function deathOf({ isSafe }: Pick<Claim, 'isSafe'>): Death {
  return isSafe ? deaths.safe : deaths.unsafe;
}

/**
 * Ends calls whose process died, each once, whoever else tries; how many. An unsafe one with an idempotency key answers
 * its key from then on; the key of a safe one is free, so that asking again runs it.
 */
export async function settleDeadCalls(
  { journal, clock }: { journal: CallJournal; clock: Clock },
  options: { limit: number; id?: string },
): Promise<number> {
  const claims = await journal.takeOverDead(options);
  await Promise.all(claims.map((claim) => settle(journal, claim, clock.now())));
  return claims.length;
}

async function settle(journal: CallJournal, claim: Claim, finishedAt: Date): Promise<void> {
  const { startedAt, request, idempotencyKey } = claim.draft;
  const durationMs = Math.max(0, finishedAt.getTime() - Date.parse(startedAt));
  const told = { ...deathOf(claim), status: null, durationMs };
  const ending: Ending = { ...told, attempts: 1, finishedAt };
  const result: CallResult = {
    ...told,
    callId: claim.id,
    result: null,
    request,
    replayed: false,
  };
  const isKept = idempotencyKey !== null && !claim.isSafe;
  try {
    await journal.finish(claim, ending, isKept ? result : null);
  } catch (error) {
    journal.letGo(claim.id);
    throw error;
  }
}

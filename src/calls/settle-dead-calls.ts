import type { Clock } from '../context.js';
import type { CallJournal, Claim, Ending } from './call-journal.js';
import type { CallError, CallResult } from './call-types.js';

const error: CallError = {
  code: 'INDETERMINATE',
  message:
    'The process that ran the call ended before its answer was known: the call may have had its effect, or not.',
};

/** Ends unsafe calls whose process died, each once, whoever else tries; how many. */
export async function settleDeadCalls(
  { journal, clock }: { journal: CallJournal; clock: Clock },
  options: { limit: number; id?: string },
): Promise<number> {
  const claims = await journal.takeOverDead(options);
  await Promise.all(claims.map((claim) => settle(journal, claim, clock.now())));
  return claims.length;
}

async function settle(journal: CallJournal, claim: Claim, finishedAt: Date): Promise<void> {
  const { startedAt, request } = claim.draft;
  const durationMs = Math.max(0, finishedAt.getTime() - Date.parse(startedAt));
  const ending: Ending = {
    outcome: 'INDETERMINATE',
    status: null,
    error,
    durationMs,
    attempts: 1,
    finishedAt,
  };
  const result: CallResult = {
    callId: claim.id,
    outcome: 'INDETERMINATE',
    result: null,
    error,
    status: null,
    durationMs,
    request,
    replayed: false,
  };
  await journal.finish(claim, ending, result);
}

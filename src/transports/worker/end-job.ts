import { withAsker } from '../../messaging/complete-in-steps.js';
import type { Ended } from './request-source.js';
import {
  givenUpKeepMs,
  type Handled,
  type HeldAsk,
  type RunParts,
  resultKeepMs,
  toAudited,
} from './run-parts.js';
import { endedAnswer } from './to-answer.js';

/** Keeps the end of a job and tells it to all who wait, unless another process has taken the job over. */
export async function endJob(
  parts: RunParts,
  { entry, ask, held }: HeldAsk,
  ended: Ended,
  { durationMs, keepMs = resultKeepMs }: { durationMs: number; keepMs?: number | undefined },
): Promise<Handled> {
  const run = { attempt: held.attempt, durationMs };
  const body = await parts.persist(() => ask.keep(ended, run));
  const completed = await parts.persist(() =>
    parts.messaging.complete({
      ...{ held, body, entry, retentionMs: keepMs, asker: ask.waiter },
      toReplies: (waiters) => ask.toReplies(waiters, body),
      taker: parts.takesNext() ? parts.consumer : null,
    }),
  );
  if (!completed) return fenced(parts, entry.id);
  tell(parts, { entry, ask, ended, durationMs });
  return completed.next ? { next: completed.next } : 'done';
}

/** The job goes to the dead letters, and all who wait are told. It may be asked for again under the same key. */
export async function giveUp(
  parts: RunParts,
  { entry, ask, held }: HeldAsk,
  ended: Ended,
): Promise<Handled> {
  const { detail } = endedAnswer(ended, ask.toolName);
  const body = await parts.persist(() => ask.keep(ended, { attempt: held.attempt, durationMs: 0 }));
  const { jobs, requests } = parts.messaging;
  const waiters = await parts.persist(() => jobs.finish(held, body, givenUpKeepMs));
  if (!waiters) return fenced(parts, entry.id);
  const deadLetter = {
    ...{ reason: 'retries_exhausted' as const, error: detail ?? 'Every attempt failed.' },
    ...{ traceId: ask.traceId, tenant: ask.actor.tenant },
  };
  const replies = ask.toReplies(withAsker(waiters, ask.waiter), body);
  await parts.persist(() => requests.settle(entry, { replies, deadLetter, isDone: true }));
  parts.observer.count({ what: 'deadLettered', why: 'retries_exhausted' });
  tell(parts, { entry, ask, ended, durationMs: 0 });
  return 'done';
}

function fenced({ observer, logger }: RunParts, entryId: string): Handled {
  observer.count({ what: 'fenced' });
  logger.warn(
    { entryId },
    'a call ended after another worker had taken it over: its end is dropped',
  );
  return 'left';
}

function tell(
  { audit, observer }: RunParts,
  {
    entry,
    ask,
    ended,
    durationMs,
  }: Pick<HeldAsk, 'entry' | 'ask'> & { ended: Ended; durationMs: number },
): void {
  const answer = endedAnswer(ended, ask.toolName);
  audit.ended(toAudited(ask, entry), answer, durationMs);
  observer.ran(durationMs);
  observer.count({ what: 'ended', outcome: answer.outcome ?? answer.code ?? 'rejected' });
}

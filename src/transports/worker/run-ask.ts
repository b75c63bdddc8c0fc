import { Buffer } from 'node:buffer';
import type { BegunJob } from '../../messaging/job-store.js';
import type { LogEntry } from '../../messaging/request-log.js';
import { findRefusal } from './find-refusal.js';
import { findTool } from './find-tool.js';
import type { Ask, Ended } from './request-source.js';
import { runHeld } from './run-held.js';
import { type EntryAsk, type Handled, type RunParts, toAudited } from './run-parts.js';
import { endedAnswer } from './to-answer.js';

/**
 * One request from its identity to its reply: permission, staleness, deadline, then the job, which one process at a time
 * has. What was refused before leaves no record behind. Throws where a store does not answer; nothing ran then.
 */
export async function runAsk(parts: RunParts, request: EntryAsk): Promise<Handled> {
  const { entry, ask, isAgain } = request;
  if (!isAgain && !ask.wasStarted) {
    const refusal = await findRefusal(parts, ask);
    if (refusal && !(await isKnown(parts, ask))) return 'unknown';
    if (refusal) return reject(parts, entry, ask, refusal);
  }
  const [begun, found] = await Promise.all([begin(parts, entry, ask), findTool(parts, ask)]);
  if (begun.kind === 'otherSession') return 'unknown';
  if (begun.kind !== 'run') return answerOthers(parts, entry, ask, begun);
  return runHeld(parts, { ...request, held: begun.held, found }, begun.wasStarted);
}

function begin({ messaging, consumer, leaseMs }: RunParts, entry: LogEntry, ask: Ask) {
  const { key, digest, waiter, session } = ask;
  return messaging.jobs.begin({
    ...{ key, digest, waiter, session, leaseMs },
    ...{ owner: consumer, entryId: entry.id },
  });
}

/** Whether a recalled identity holds still: nobody is told what another one may. */
async function isKnown({ messaging }: RunParts, { session }: Ask): Promise<boolean> {
  if (!session) return true;
  const found = await messaging.sessions.find(session.traceId);
  return found !== null && Buffer.compare(found, session.record) === 0;
}

/** Somebody else runs it, or did. */
async function answerOthers(
  parts: RunParts,
  entry: LogEntry,
  ask: Ask,
  begun: Exclude<BegunJob, { kind: 'run' | 'otherSession' }>,
): Promise<Handled> {
  const { observer, messaging } = parts;
  if (begun.kind === 'mismatch') {
    return reject(parts, entry, ask, { kind: 'rejected', code: 'IDEMPOTENCY_KEY_REUSED' });
  }
  if (begun.kind === 'running') {
    if (!begun.isJoined) return 'left';
    observer.count({ what: 'joined' });
    await messaging.requests.settle(entry, { replies: [], isDone: true });
    return 'done';
  }
  observer.count({ what: 'answeredAgain' });
  const replies = ask.toReplies(begun.waiters, begun.body);
  await messaging.requests.settle(entry, { replies, isDone: true });
  return 'done';
}

/** Answers without a record. */
async function reject(
  { messaging, audit, observer }: Pick<RunParts, 'messaging' | 'audit' | 'observer'>,
  entry: LogEntry,
  ask: Ask,
  refusal: Ended,
): Promise<Handled> {
  const answer = endedAnswer(refusal, ask.toolName);
  const body = await ask.keep(refusal, { attempt: 0, durationMs: 0 });
  const replies = ask.waiter ? ask.toReplies([ask.waiter], body) : [];
  await messaging.requests.settle(entry, { replies, isDone: true });
  audit.rejected(toAudited(ask, entry), answer);
  observer.count({ what: 'rejected', why: answer.code ?? 'REJECTED' });
  return 'done';
}

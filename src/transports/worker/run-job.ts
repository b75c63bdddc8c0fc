import type { Callable } from '../../calls/call-catalog.js';
import { callFoundTool } from '../../calls/call-tool.js';
import type { CallResult } from '../../calls/call-types.js';
import { findKeptCall, hasCallBegun, type KeptCall } from '../../calls/find-kept-call.js';
import { isSafeCallable } from '../../calls/is-safe-callable.js';
import { secretArguments } from '../../calls/secret-arguments.js';
import { AppError, type ErrorCode } from '../../errors.js';
import { isDatabaseOutage } from '../../storage/is-database-outage.js';
import { endJob, giveUp } from './end-job.js';
import { findRefusal } from './find-refusal.js';
import type { Ended } from './request-source.js';
import {
  type Handled,
  type HeldAsk,
  maxAttempts,
  type RunParts,
  refusalKeepMs,
  toAudited,
} from './run-parts.js';
import type { RunSignal } from './run-signal.js';

const passing: ReadonlySet<ErrorCode> = new Set([
  'UPSTREAM_FAILED',
  'UPSTREAM_TIMEOUT',
  'LIMIT_EXCEEDED',
]);

/** A call that was told to stop and does not is left to itself after so long. */
const abandonMs = 2000;

/** What earlier goes at the same attempt of a job came to. */
export type Course = {
  /** An owner before had started it and did not finish, or this one had to break off. */
  wasStarted: boolean;
  /** The call was made, and failed for want of the database: the journal of calls knows whether anything was sent. */
  wasCalled: boolean;
};

/** The call had to end since the lease may be somebody else's. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

/**
 * One go at a job that this process has. Throws where a store does not answer, and LeaseLost; `course` says then what is known.
 */
export async function runJob(
  parts: RunParts,
  job: HeldAsk,
  course: Course,
  signal: RunSignal,
): Promise<Handled> {
  const { ask, held, found } = job;
  const beganAt = performance.now();
  const durationMs = () => performance.now() - beganAt;
  const end = (ended: Ended, keepMs?: number) =>
    endJob(parts, job, ended, { durationMs: durationMs(), keepMs });
  if (course.wasStarted || (ask.wasStarted && !isKnownSafe(job))) {
    return end(await recall(parts, job));
  }
  if (held.attempt > maxAttempts) {
    return giveUp(parts, job, { kind: 'rejected', code: 'RETRIES_EXHAUSTED' });
  }
  if (job.isAgain) {
    const refusal = await findRefusal(parts, ask);
    if (refusal && course.wasCalled && (await hasBegun(parts, job))) {
      return end(await recall(parts, job));
    }
    if (refusal) return end(refusal, refusalKeepMs);
  }
  if ('error' in found) {
    if (isOutage(found.error)) throw found.error;
    return endOrRetry(parts, job, { kind: 'thrown', error: found.error });
  }
  const ended = await callAudited(parts, job, found.callable, signal);
  if (ended === 'over') return 'done';
  if (ended === 'lost') return 'left';
  if (signal.cause === null && ended.kind === 'thrown' && isOutage(ended.error)) {
    course.wasCalled = true;
    throw ended.error;
  }
  if (signal.cause === null || isGenuine(ended)) return endOrRetry(parts, job, ended, durationMs());
  if (signal.cause === 'deadline') return end(atDeadline(ended, found.callable));
  if (signal.cause === 'lease') {
    course.wasStarted = !isSafeCallable(found.callable);
    throw new LeaseLost();
  }
  await parts.messaging.jobs.release(held);
  return 'handedBack';
}

/** Of the database, by what a call throws: what an upstream fails at is a result, or an AppError. */
function isOutage(error: unknown): boolean {
  return !(error instanceof AppError) && isDatabaseOutage(error);
}

function isKnownSafe({ found }: HeldAsk): boolean {
  return 'callable' in found && isSafeCallable(found.callable);
}

/** Whether a request of this call may have been sent: its intent is written before. */
async function hasBegun({ calls }: RunParts, job: HeldAsk): Promise<boolean> {
  const named = toKept(job);
  return named !== null && hasCallBegun(calls, named);
}

function toKept({ ask, held, found }: HeldAsk): KeptCall | null {
  if (!('callable' in found)) return null;
  const { actor, agentId } = ask;
  const key = ask.idempotencyKey ?? held.key.id;
  return { tenant: actor.tenant, agentId, callable: found.callable, key };
}

/** The end of an unsafe call whose process died: what the journal of calls has kept of it, else nobody knows. */
async function recall({ calls }: RunParts, job: HeldAsk): Promise<Ended> {
  if ('error' in job.found && isOutage(job.found.error)) throw job.found.error;
  const named = toKept(job);
  const kept = named && (await findKeptCall(calls, named));
  return kept ? { kind: 'result', result: kept } : { kind: 'rejected', code: 'INDETERMINATE' };
}

/** `over`: it has ended meanwhile elsewhere. `lost`: the lease is somebody else's. */
async function callAudited(
  parts: RunParts,
  job: HeldAsk,
  callable: Callable,
  signal: RunSignal,
): Promise<Ended | 'over' | 'lost'> {
  const { ask, entry, held } = job;
  try {
    const { inputSchema } = callable.kind === 'MCP' ? callable.tool : callable.endpoint;
    const secrets = secretArguments(inputSchema, ask.arguments);
    await parts.audit.started(toAudited(ask, entry), secrets);
  } catch (err) {
    if (isDatabaseOutage(err)) throw err;
    parts.logger.error({ err, entryId: entry.id }, 'a privileged call could not be audited');
    return { kind: 'rejected', code: 'AUDIT_UNAVAILABLE' };
  }
  const isSafe = isSafeCallable(callable);
  const [isHeld, isWanted] = await Promise.all([
    isSafe || parts.messaging.jobs.start(held),
    ask.begins?.() ?? true,
  ]);
  if (!isHeld) return 'lost';
  if (!isWanted) {
    await parts.messaging.jobs.release(held, { isStarted: false });
    await parts.messaging.requests.settle(entry, { replies: [], isDone: true });
    return 'over';
  }
  return call(parts, job, callable, { isSafe, signal: signal.signal });
}

async function call(
  { calls }: RunParts,
  { ask, held, traceHeaders }: HeldAsk,
  callable: Callable,
  { isSafe, signal }: { isSafe: boolean; signal: AbortSignal },
): Promise<Ended> {
  const { actor, agentId, toolName } = ask;
  const idempotencyKey = ask.idempotencyKey ?? (isSafe ? null : held.key.id);
  try {
    const calling = callFoundTool(
      { actor, calls, signal, traceHeaders, endsWithSignal: true },
      { agentId, name: toolName, arguments: ask.arguments, idempotencyKey },
      callable,
    );
    return { kind: 'result', result: await orAbandon(calling, signal) };
  } catch (error) {
    return { kind: 'thrown', error };
  }
}

/** Whatever a tool does with the signal, its end is waited for only so long. */
async function orAbandon(calling: Promise<CallResult>, signal: AbortSignal): Promise<CallResult> {
  const abandoned = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = () => {
    timer = setTimeout(() => {
      abandoned.reject(new AppError('UPSTREAM_TIMEOUT', 'The call does not end.'));
    }, abandonMs);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([calling, abandoned.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    clearTimeout(timer);
  }
}

/** It has an answer that is not the doing of our signal. */
function isGenuine(ended: Ended): boolean {
  return ended.kind === 'result' && (ended.result.outcome === 'OK' || ended.result.status !== null);
}

function atDeadline(ended: Ended, callable: Callable): Ended {
  const isLoose =
    ended.kind === 'result' ? ended.result.outcome === 'INDETERMINATE' : !isSafeCallable(callable);
  return isLoose
    ? {
        kind: 'rejected',
        code: 'INDETERMINATE',
        message:
          'The deadline passed while the tool was called: it may have had its effect. It is not called again.',
      }
    : {
        kind: 'rejected',
        code: 'DEADLINE_EXCEEDED',
        message: 'The deadline passed while the tool was called.',
      };
}

/** Where nothing ran for want of a store or a place, it is tried again until its attempts are used up. */
async function endOrRetry(
  parts: RunParts,
  job: HeldAsk,
  ended: Ended,
  durationMs = 0,
): Promise<Handled> {
  const { held } = job;
  if (isForLater(ended)) {
    if (held.attempt >= maxAttempts) return giveUp(parts, job, ended);
    const taken = mayHaveRun(ended) ? undefined : { isStarted: false };
    await parts.messaging.jobs.release(held, taken);
    parts.observer.count({ what: 'retried' });
    return { retryMs: (parts.leaseMs / 3) * held.attempt };
  }
  const keepMs = mayHaveRun(ended) ? undefined : refusalKeepMs;
  return endJob(parts, job, ended, { durationMs, keepMs });
}

/** An expected refusal says that nothing ran, any other error nothing. */
function mayHaveRun(ended: Ended): boolean {
  if (ended.kind === 'thrown') return !(ended.error instanceof AppError);
  return ended.kind === 'result';
}

function isForLater(ended: Ended): boolean {
  if (ended.kind !== 'thrown') return false;
  const { error } = ended;
  if (!(error instanceof AppError)) return isDatabaseOutage(error);
  return passing.has(error.code);
}

import { AppError } from '../../errors.js';
import { query } from '../../storage/sql.js';
import { finishSubmittedCall } from './finish-submitted-call.js';
import { queueCall } from './queue-call.js';
import type { SubmittedParts } from './submitted-parts.js';
import { type CallName, noteQueued } from './submitted-statements.js';
import { toUnrunResult } from './to-unrun-result.js';

const batchSize = 500;
/** Doubled so often at most: with half a minute to begin with, some eight hours. */
const maxDoublings = 10;

/**
 * Puts in order what time leaves behind: calls whose deadline passed before they began are finished as such, the request log
 * gets those again that it may have lost, and finished ones past their time are deleted. Several processes may sweep at once.
 */
export async function sweepSubmittedCalls(parts: SubmittedParts): Promise<void> {
  await untilDone(() => expire(parts));
  await untilDone(() => requeue(parts));
  if (parts.settings.retentionDays > 0) await untilDone(() => removeOld(parts));
}

async function expire(parts: SubmittedParts): Promise<number> {
  const late = await query<CallName>(
    parts.fork(),
    `select tenant_id as tenant, id from submitted_calls
     where state = 'QUEUED' and deadline_at <= now() limit ${batchSize}`,
  );
  for (const name of late) {
    const result = toUnrunResult(name.id, 'TIMEOUT', {
      code: 'DEADLINE_EXCEEDED',
      message: 'Its deadline passed before it could run: nothing was sent.',
    });
    await finishSubmittedCall(parts, name, result, { ifQueued: true });
  }
  return late.length;
}

type Due = CallName & { isQueued: boolean };

/** An entry that the log still has costs little when it comes twice: equal jobs run once. */
async function requeue(parts: SubmittedParts): Promise<number> {
  const { run, settings } = parts;
  const due = await query<Due>(
    parts.fork(),
    `update submitted_calls set requeues = requeues + 1,
       due_at = now() + $1::interval * power(2, least(requeues, ${maxDoublings}))
     where id in (
       select id from submitted_calls where state <> 'DONE' and due_at <= now()
       order by due_at limit ${batchSize} for update skip locked
     )
     returning tenant_id as tenant, id, queued_at is not null as "isQueued"`,
    [`${settings.requeueMs} milliseconds`],
  );
  for (const [index, call] of due.entries()) {
    try {
      await queueCall(parts, call);
    } catch (error) {
      await putOff(parts, due.slice(index));
      if (error instanceof AppError && error.code === 'LIMIT_EXCEEDED') return 0;
      throw error;
    }
    if (!call.isQueued) await noteQueued(run, call);
  }
  return due.length;
}

/** The log did not take them: they are due as if nobody had tried. */
async function putOff({ fork, settings }: SubmittedParts, calls: readonly Due[]): Promise<void> {
  await query(
    fork(),
    `update submitted_calls set requeues = greatest(0, requeues - 1), due_at = now() + $2::interval
     where id = any($1::uuid[]) and state <> 'DONE'`,
    [calls.map(({ id }) => id), `${settings.requeueMs} milliseconds`],
  );
}

async function removeOld({ fork, settings }: SubmittedParts): Promise<number> {
  const removed = await query(
    fork(),
    `delete from submitted_calls where id in (
       select id from submitted_calls where state = 'DONE' and finished_at < now() - $1::interval
       limit ${batchSize} for update skip locked
     ) returning id`,
    [`${settings.retentionDays} days`],
  );
  return removed.length;
}

async function untilDone(step: () => Promise<number>): Promise<void> {
  while ((await step()) === batchSize);
}

/**
 * Sweeps now and then until disposed. `hasLostLog`: the request log was in the memory of a process that is gone, and
 * nobody else has one.
 */
export async function startSubmittedSweeper(
  parts: SubmittedParts & { hasLostLog: boolean },
): Promise<AsyncDisposable> {
  if (parts.hasLostLog) {
    await query(
      parts.fork(),
      `update submitted_calls set due_at = now(), requeues = 0 where state <> 'DONE'`,
    );
  }
  let sweeping = sweep();
  const timer = setInterval(() => {
    sweeping = sweeping.then(sweep);
  }, parts.settings.requeueMs / 2).unref();

  function sweep(): Promise<void> {
    return sweepSubmittedCalls(parts).catch((err: unknown) => {
      parts.logger.error({ err }, 'submitted calls could not be swept');
    });
  }

  await sweeping;
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await sweeping;
    },
  };
}

import { setTimeout as sleep } from 'node:timers/promises';
import { isDisconnect } from '../../storage/is-database-outage.js';
import { findTool } from './find-tool.js';
import { isStoreFailure } from './is-store-failure.js';
import { type Course, LeaseLost, runJob } from './run-job.js';
import { type Handled, type HeldAsk, maxOutages, type RunParts, settlingMs } from './run-parts.js';
import { RunSignal } from './run-signal.js';

/**
 * Runs a job that this process has, and tells its end to all who wait; or gives it back for another try. While a store is away
 * it waits, and goes on at the same attempt. Throws where a store answers others; the job is let go then.
 */
export async function runHeld(
  parts: RunParts,
  job: HeldAsk,
  wasStarted: boolean,
): Promise<Handled> {
  const { clock, messaging, shutdown, leaseMs } = parts;
  const { ask, held } = job;
  const course: Course = { wasStarted, wasCalled: false };
  for (let now = job, outages = 0; ; outages += 1) {
    const since = performance.now();
    using signal = new RunSignal(shutdown, ask.deadlineAt, clock);
    using _lease = parts.leases.hold(held, () => signal.stop('lease'));
    try {
      return await runJob(parts, now, course, signal);
    } catch (error) {
      if (outages >= maxOutages || !(await isExcused(parts, error, since))) {
        await messaging.jobs.release(held).catch(() => {});
        if (error instanceof LeaseLost) return 'left';
        if (shutdown.aborted) return 'handedBack';
        throw error;
      }
    }
    const isMine = await parts.persist(() => messaging.jobs.beat(held, leaseMs));
    if (!isMine) return 'left';
    now = { ...job, isAgain: true, found: await findTool(parts, ask) };
  }
}

/** Whether a failure is the doing of a store that was away and is back. */
async function isExcused(parts: RunParts, error: unknown, since: number): Promise<boolean> {
  const { stores, shutdown } = parts;
  if (!(error instanceof LeaseLost) && !isStoreFailure(error)) return false;
  const wasAway = await stores.untilUp(since, shutdown);
  if (shutdown.aborted) return false;
  if (!wasAway && isDisconnect(error)) await sleep(settlingMs);
  return wasAway || isDisconnect(error);
}

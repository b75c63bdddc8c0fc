import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '../storage/sql.js';
import type { CallParts } from './call-parts.js';
import { settleDeadCalls } from './settle-dead-calls.js';

type Sweeping = Pick<CallParts, 'journal' | 'clock' | 'logger' | 'settings'> & {
  fork(): EntityManager;
};

const batchSize = 1000;
const dayMs = 24 * 60 * 60 * 1000;

/**
 * Puts in order what time leaves behind: calls whose process died get their record, kept results and records past their
 * time are deleted. Several processes may sweep at once.
 */
export async function sweepCalls(parts: Sweeping): Promise<void> {
  const settled = await untilDone(() => settleDeadCalls(parts, { limit: batchSize }));
  if (settled > 0) {
    parts.logger.warn({ calls: settled }, 'calls of a process that died are recorded as such');
  }
  await deleteAll(parts.fork(), 'call_journal', 'result is not null and expires_at <= now()', []);
  const { retentionDays } = parts.settings;
  if (retentionDays === 0) return;
  const oldest = new Date(parts.clock.now().getTime() - retentionDays * dayMs);
  const limit = [oldest.toISOString()];
  await deleteAll(parts.fork(), 'call_records', 'started_at < $1::timestamptz', limit);
  await deleteAll(parts.fork(), 'tool_audit', 'at < $1::timestamptz', limit);
}

/**
 * Sweeps now and then until disposed. `isAlone`: no other process can have the database, so that calls which are said
 * to run have died with the process before.
 */
export async function startCallSweeper(
  parts: Sweeping & { isAlone: boolean },
): Promise<AsyncDisposable> {
  if (parts.isAlone) {
    await query(
      parts.fork(),
      `update call_journal set lease_until = now() - interval '1 second' where result is null`,
    );
  }
  let sweeping = sweep();
  const timer = setInterval(() => {
    sweeping = sweeping.then(sweep);
  }, parts.settings.leaseMs).unref();

  function sweep(): Promise<void> {
    return sweepCalls(parts).catch((err: unknown) => {
      parts.logger.error({ err }, 'calls could not be swept');
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

/** In batches, so that no statement holds many rows for long. */
function deleteAll(em: EntityManager, table: string, condition: string, params: unknown[]) {
  return untilDone(async () => {
    const deleted = await query(
      em,
      `delete from ${table} where id in (
         select id from ${table} where ${condition} limit ${batchSize} for update skip locked
       ) returning id`,
      params,
    );
    return deleted.length;
  });
}

async function untilDone(step: () => Promise<number>): Promise<number> {
  let total = 0;
  for (;;) {
    const count = await step();
    total += count;
    if (count < batchSize) return total;
  }
}

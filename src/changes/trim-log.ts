import type { EntityManager } from '@mikro-orm/postgresql';
import type { Clock } from '../context.js';
import type { Logger } from '../logger.js';
import { query } from '../storage/sql.js';

type Trimming = {
  fork(): EntityManager;
  clock: Clock;
  logger: Logger;
  /** 0: nothing is ever deleted. */
  settings: { retentionDays: number };
};

const dayMs = 24 * 60 * 60 * 1000;
const hourMs = 60 * 60 * 1000;
const maxChanges = 10_000;

/**
 * Deletes changes that are older than the retention, each tenant's oldest first, and notes how far back its log still
 * reaches. Several processes may trim at once. Answers how many were deleted.
 */
export async function trimLog({ fork, clock, settings }: Trimming): Promise<number> {
  if (settings.retentionDays === 0) return 0;
  const oldest = new Date(clock.now().getTime() - settings.retentionDays * dayMs);
  for (let total = 0; ; ) {
    const [row] = await query<{ deleted: number }>(
      fork(),
      // Up to a revision, not by age: clocks of several processes differ, and a gap would be a change lost.
      `with old as (
         select tenant_id, max(revision) as revision from (
           select tenant_id, revision from catalog_changes where at < $1::timestamptz
           order by at limit ${maxChanges}
         ) c group by tenant_id
       ), floor as (
         update catalog_revisions r set log_floor = old.revision from old
         where r.tenant_id = old.tenant_id and r.log_floor < old.revision returning r.tenant_id, r.log_floor
       ), deleted as (
         delete from catalog_changes c using floor
         where c.tenant_id = floor.tenant_id and c.revision <= floor.log_floor returning 1
       ) select count(*)::int as deleted from deleted`,
      [oldest.toISOString()],
    );
    if (!row?.deleted) return total;
    total += row.deleted;
  }
}

/** Trims at the start and every hour until disposed. */
export function startLogTrimmer(trimming: Trimming): AsyncDisposable {
  const trim = () =>
    trimLog(trimming).then(
      () => {},
      (err: unknown) => trimming.logger.error({ err }, 'the change log could not be trimmed'),
    );
  let last = trim();
  const timer = setInterval(() => {
    last = last.then(trim);
  }, hourMs).unref();
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await last;
    },
  };
}

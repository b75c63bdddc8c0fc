import type { Clock } from '../../context.js';
import type { Logger } from '../../logger.js';
import type { Storage } from '../../storage/open-storage.js';
import { query } from '../../storage/sql.js';
import { sessionLifeMs } from './session-store.js';

type Sweeping = { storage: Pick<Storage, 'fork'>; clock: Clock; logger: Logger };

const everyMs = 5 * 60 * 1000;
const batch = 5_000;

/** Deletes sessions that were not seen for an hour, and what was sent an hour ago. Several replicas may sweep at once. */
export async function sweepSessions({ storage, clock }: Omit<Sweeping, 'logger'>): Promise<void> {
  const oldest = new Date(clock.now().getTime() - sessionLifeMs).toISOString();
  for (const [table, column] of [
    ['mcp_stream_events', 'created_at'],
    ['mcp_sessions', 'seen_at'],
  ]) {
    for (let deleted = batch; deleted === batch; ) {
      const [row] = await query<{ count: number }>(
        storage.fork(),
        `with gone as (
           delete from ${table} where id in (
             select id from ${table} where ${column} < $1::timestamptz order by ${column}
             limit ${batch} for update skip locked
           ) returning 1
         ) select count(*)::int as count from gone`,
        [oldest],
      );
      deleted = row?.count ?? 0;
    }
  }
}

/** Sweeps every five minutes until disposed. */
export function startSessionSweeper(sweeping: Sweeping): AsyncDisposable {
  let last: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    last = sweepSessions(sweeping).catch((err: unknown) => {
      sweeping.logger.error({ err }, 'MCP sessions could not be swept');
    });
  }, everyMs).unref();
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await last;
    },
  };
}

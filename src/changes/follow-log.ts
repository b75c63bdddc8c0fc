import type { EntityManager } from '@mikro-orm/postgresql';
import { AppError } from '../errors.js';
import type { Follow } from './change-feed.js';
import { readRevision } from './current-revision.js';
import { type CatalogChangeRow, readLog } from './read-log.js';
import type { TenantLog } from './tenant-log.js';

export type Followed = {
  fork(): EntityManager;
  /** Keeps the tenant's log up to date until it is released. */
  hold(): TenantLog;
  release(log: TenantLog): void;
  /** Aborts when no more is to be told. */
  signal: AbortSignal;
};

const pageSize = 500;

/** See `ChangeFeed.follow`. */
export function followLog(
  followed: Followed,
  follow: Follow,
): AsyncIterableIterator<CatalogChangeRow> {
  const end: Ending = { isEnded: false, wake: () => {} };
  const changes = readOn(followed, follow, end);
  const iterator: AsyncIterableIterator<CatalogChangeRow> = {
    next: () => changes.next(),
    return: () => {
      // A generator that waits would only end with the next change.
      end.isEnded = true;
      end.wake();
      return changes.return(undefined);
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}

type Ending = { isEnded: boolean; wake(): void };

async function* readOn(
  { fork, hold, release, signal }: Followed,
  { after, agentId }: Follow,
  end: Ending,
): AsyncGenerator<CatalogChangeRow, undefined> {
  const log = hold();
  try {
    await log.ready;
    let at = after === null ? log.newest : BigInt(after);
    if (at > log.newest) await assertHappened(fork(), log.tenant, at);
    let isLive = false;
    while (!end.isEnded && !signal.aborted) {
      if (at < log.start) {
        if (isLive) throw slowError(at);
        const upTo = log.newest;
        const options = { after: String(at), agentId, limit: pageSize };
        const page = await readLog(fork(), log.tenant, options);
        for (const change of page) {
          yield change;
          at = BigInt(change.revision);
        }
        // Nothing before `upTo` is left out: it was committed when the page was read.
        if (page.length < pageSize && upTo > at) at = upTo;
        continue;
      }
      const change = log.after(at);
      if (change) {
        at = BigInt(change.revision);
        isLive = true;
        if (!agentId || change.agentIds.includes(agentId)) yield change;
        continue;
      }
      const { woken, wake } = log.wait();
      end.wake = wake;
      if (!end.isEnded) await woken;
    }
  } finally {
    release(log);
  }
  return undefined;
}

/** A revision that this process has not heard of may come from another one, or from a database that is gone. */
async function assertHappened(em: EntityManager, tenant: string, revision: bigint): Promise<void> {
  const newest = await readRevision(em, tenant);
  if (revision <= BigInt(newest)) return;
  throw new AppError(
    'CONFLICT',
    `Revision ${revision} has not happened: the newest is ${newest}. Load the catalog anew, then go on from its catalogRevision.`,
    { reason: 'REVISION_UNKNOWN', newest },
  );
}

function slowError(at: bigint): AppError {
  return new AppError(
    'LIMIT_EXCEEDED',
    `Changes come faster than they are taken. Subscribe again after revision ${at}.`,
    { reason: 'SLOW_SUBSCRIBER', resumeAfter: String(at) },
  );
}

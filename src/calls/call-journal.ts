import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { createBatcher } from '../lib/batcher.js';
import type { Logger } from '../logger.js';
import { query, type RunStatement } from '../storage/sql.js';
import type { Claim, Ending } from './call-claim.js';
import type { CallResult } from './call-types.js';
import {
  type CallKey,
  type Finished,
  findEntry,
  insertClaims,
  insertRecords,
  type JournalEntry,
  takeOver,
} from './journal-statements.js';

/** The database's side of calls: intents before they run, records and kept answers after. */
export interface CallJournal extends AsyncDisposable {
  /** False when another call has the idempotency key. The lease is renewed until the call is finished or let go. */
  claim(claim: Claim): Promise<boolean>;
  /**
   * Writes the record of a claimed call, once, and keeps `result` for its idempotency key; false when another process
   * has written it. Throws where it cannot be written: the lease is renewed until it is asked again, or let go.
   */
  finish(claim: Claim, ending: Ending, result: CallResult | null): Promise<boolean>;
  /** Takes a claim or a watch back: nothing ran. */
  release(id: string): Promise<void>;
  /** Stops renewing: once the lease is over, the call counts as dead. */
  letGo(id: string): void;
  /** A call without a claim begins: should it still run in 50 ms, its claim is written meanwhile. */
  watch(claim: Claim): void;
  /** Writes the record of a watched call, soon. */
  record(claim: Claim, ending: Ending): void;
  find(key: CallKey): Promise<JournalEntry | null>;
  /** Removes an entry whose result is past its time: its key is free. */
  forget(id: string): Promise<void>;
  /**
   * Takes over calls whose process died, at most `limit`, or the one with `id`. None while the database has not answered for
   * long enough: after an outage the living, too, have to renew their leases first.
   */
  takeOverDead(options: { limit: number; id?: string }): Promise<Claim[]>;
  /** Resolves when all that was recorded so far stands in the database. */
  flush(): Promise<void>;
}

/** A call without a claim: the time at which it gets one, or the writing of it. */
type Watched = { timer: NodeJS.Timeout; claiming: Promise<boolean> | null };

const maxBatch = 100;
/** Nobody waits for the record of a call that needed no claim: many share a statement. */
const recordLingerMs = 10;
/** Most calls are over by then, and cost no claim. */
const watchMs = 50;

export function createCallJournal(options: {
  fork(): EntityManager;
  run: RunStatement;
  logger: Logger;
  leaseMs: number;
  /** No other process can have the database: whoever is silent is dead. */
  isAlone: boolean;
}): CallJournal {
  const { fork, run, logger, leaseMs, isAlone } = options;
  const owner = randomUUID();
  const held = new Set<string>();
  const outages = watchOutages(leaseMs);
  const watched = new Map<string, Watched>();
  const recording = new Set<Promise<void>>();
  const lease = `${leaseMs} milliseconds`;
  const claims = createBatcher<Claim, boolean>(
    async (batch) => {
      const claimed = await insertClaims(run, batch, owner, lease);
      return batch.map(({ id }) => claimed.has(id));
    },
    { maxItems: maxBatch },
  );
  const writeEndings = async (batch: Finished[]) => {
    const recorded = await insertRecords(run, batch, owner);
    return batch.map(({ claim }) => recorded.has(claim.id));
  };
  const endings = createBatcher(writeEndings, { maxItems: maxBatch });
  const records = createBatcher(writeEndings, { maxItems: maxBatch, lingerMs: recordLingerMs });
  const renewal = setInterval(() => void renew(), Math.ceil(leaseMs / 3)).unref();

  async function flush(): Promise<void> {
    await Promise.all([...recording, endings.idle(), records.idle()]);
  }

  /** Also where nothing is held: it shows that the database answers. */
  async function renew(): Promise<void> {
    try {
      await query(
        fork(),
        `update call_journal set lease_until = now() + $3::interval
         where owner = $1::uuid and id = any($2::uuid[]) and result is null`,
        [owner, [...held], lease],
      );
      outages.answered();
    } catch (err) {
      if (held.size > 0) logger.error({ err }, 'the leases of running calls could not be renewed');
    }
  }

  async function claim(one: Claim): Promise<boolean> {
    held.add(one.id);
    const isClaimed = await claims.add(one).catch((error: unknown) => {
      held.delete(one.id);
      throw error;
    });
    if (!isClaimed) held.delete(one.id);
    return isClaimed;
  }

  async function finish(one: Claim, ending: Ending, result: CallResult | null): Promise<boolean> {
    const isRecorded = await endings.add({ claim: one, ending, isClaimed: true, result });
    held.delete(one.id);
    return isRecorded;
  }

  function claimWatched(one: Claim, entry: Watched): void {
    entry.claiming = claim(one).catch((err: unknown) => {
      logger.error({ err, callId: one.id }, 'a running call could not be noted');
      return false;
    });
  }

  /** The end of a watch: the writing of its claim, if that began. */
  function unwatch(id: string): Promise<boolean> | null {
    const entry = watched.get(id);
    watched.delete(id);
    clearTimeout(entry?.timer);
    return entry?.claiming ?? null;
  }

  function recordUnclaimed(one: Claim, ending: Ending): Promise<void> {
    return records.add({ claim: one, ending, isClaimed: false, result: null }).then(
      () => {},
      (err: unknown) => logger.error({ err, callId: one.id }, 'a call could not be recorded'),
    );
  }

  async function recordClaimed(
    one: Claim,
    ending: Ending,
    claiming: Promise<boolean>,
  ): Promise<void> {
    if (!(await claiming)) return recordUnclaimed(one, ending);
    try {
      if (await finish(one, ending, null)) return;
      logger.warn({ callId: one.id }, 'a call outlived its lease and was settled meanwhile');
    } catch (err) {
      held.delete(one.id);
      logger.error({ err, callId: one.id }, 'a call could not be recorded');
    }
  }

  return {
    claim,
    finish,
    release: async (id) => {
      await unwatch(id);
      held.delete(id);
      await query(
        fork(),
        'delete from call_journal where id = $1::uuid and owner = $2::uuid and result is null',
        [id, owner],
      );
    },
    letGo: (id) => {
      void unwatch(id);
      held.delete(id);
    },
    watch: (one) => {
      const timer = setTimeout(() => claimWatched(one, entry), watchMs).unref();
      const entry: Watched = { timer, claiming: null };
      watched.set(one.id, entry);
    },
    record: (one, ending) => {
      const claiming = unwatch(one.id);
      if (!claiming) {
        void recordUnclaimed(one, ending);
        return;
      }
      const done = recordClaimed(one, ending, claiming).finally(() => recording.delete(done));
      recording.add(done);
    },
    find: (key) => findEntry(run, key),
    forget: async (id) => {
      await query(
        fork(),
        'delete from call_journal where id = $1::uuid and result is not null and expires_at <= now()',
        [id],
      );
    },
    takeOverDead: async ({ limit, id }) => {
      if (!isAlone && !outages.mayJudge()) return [];
      const taken = await takeOver(fork(), {
        ...{ owner, lease, limit, id: id ?? null, except: [...held] },
      });
      for (const one of taken) held.add(one.id);
      return taken;
    },
    flush,
    [Symbol.asyncDispose]: async () => {
      await claims.idle();
      await flush();
      clearInterval(renewal);
    },
  };
}

/**
 * Knows for how long the database has answered without a gap that leases do not survive. They are renewed three times as they
 * last, by everybody: who lives has done it again after two thirds of one.
 */
function watchOutages(leaseMs: number) {
  const enoughMs = (leaseMs * 2) / 3;
  let answeredAt = performance.now();
  let upSince = answeredAt;
  return {
    answered: () => {
      const now = performance.now();
      if (now - answeredAt > enoughMs) upSince = now;
      answeredAt = now;
    },
    mayJudge: () => answeredAt - upSince >= enoughMs && performance.now() - answeredAt <= enoughMs,
  };
}

/** Names one job: equal keys are one job. `id` is a digest of principal, tool and the caller's key. */
export type JobKey = { tenant: string; id: string };

/** Somebody who wants a job's result. `replyTo` is a stream; an empty one waits without one. */
export type Waiter = { replyTo: string; correlationId: string };

/** The record that says who asks, as it was read under the trace id. */
export type SessionRecord = { traceId: string; record: Uint8Array };

export type BeginJob = {
  key: JobKey;
  /** Of the arguments: the same key with another digest is refused. */
  digest: string;
  /** The process that asks. */
  owner: string;
  /** The log's entry that brought it. */
  entryId: string;
  waiter: Waiter | null;
  leaseMs: number;
  /** Nothing is begun unless this is the session record still; for stores that can tell (`Messaging.checksSessions`). */
  session?: SessionRecord | null;
};

/** A job as `begin` handed it out: whoever began it after has another token and fences this one off. */
export type HeldJob = {
  key: JobKey;
  /** 1 for the first to run it. */
  attempt: number;
  /** Made by the store, unlike any other. */
  token: string;
  digest: string;
  entryId: string;
  leaseMs: number;
};

export type BegunJob =
  /** Yours: run it. `wasStarted`: an earlier owner had started it and did not finish. */
  | { kind: 'run'; held: HeldJob; wasStarted: boolean }
  /**
   * Somebody's whose lease lives. `isJoined`: the waiter is remembered and will be answered, so the entry that asked is done
   * with; else (it is the entry that runs, or too many wait) the entry stays pending and asks again when it is reclaimed.
   */
  | { kind: 'running'; entryId: string; isJoined: boolean }
  /**
   * Finished: what was kept, null when only the fact was kept. `waiters`: who may not have been answered yet: the one that
   * asked, and for the entry that ran it everybody who waited.
   */
  | { kind: 'done'; body: Uint8Array | null; waiters: Waiter[] }
  | { kind: 'mismatch' }
  /** The session record is another by now, or gone: there is no such job for whoever asks. */
  | { kind: 'otherSession' };

export type JobState = {
  state: 'running' | 'done';
  attempt: number;
  isStarted: boolean;
  leaseEndsAt: Date;
  body: Uint8Array | null;
};

/** How many may wait for one job. */
export const maxWaiters = 256;
/** How long the record of a job that nobody finishes is kept after its lease. */
export const abandonedKeepMs = 7 * 24 * 60 * 60 * 1000;

/**
 * The state of each job: absent, running under a lease, done. Every step is atomic, and time is the store's own clock, not a
 * process's. Every record ends: running ones a while after their lease, done ones after their retention. A job whose record
 * the store has lost is still its holder's: `beat`, `start` and `finish` write the record anew.
 */
export interface JobStore {
  begin(job: BeginJob): Promise<BegunJob>;
  /** Extends the lease; false: it is lost, stop. */
  beat(held: HeldJob, leaseMs: number): Promise<boolean>;
  /** Says that effects may begin now; false: the lease is lost. */
  start(held: HeldJob): Promise<boolean>;
  /**
   * Keeps the body for `retentionMs`, and the fact for twice as long; who waits for it. Null: fenced off, throw the body away.
   * Asked again by the same holder it answers the same.
   */
  finish(held: HeldJob, body: Uint8Array, retentionMs: number): Promise<Waiter[] | null>;
  /** Lets go without a result: the next to begin runs it. `isStarted` false takes the mark of `start` back. */
  release(held: HeldJob, options?: { isStarted: boolean }): Promise<void>;
  find(key: JobKey): Promise<JobState | null>;
}

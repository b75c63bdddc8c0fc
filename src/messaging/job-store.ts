/** Names one job: equal keys are one job. `id` is a digest of principal, tool and the caller's key. */
export type JobKey = { tenant: string; id: string };

/** Somebody who wants a job's result. `replyTo` is a stream; an empty one waits without one. */
export type Waiter = { replyTo: string; correlationId: string };

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
};

export type BegunJob =
  /** Yours: run it. `attempt` is the fencing token. `wasStarted`: an earlier owner had started it and did not finish. */
  | { kind: 'run'; attempt: number; wasStarted: boolean }
  /** Somebody's whose lease lives; the waiter is remembered and will be answered. */
  | { kind: 'running'; entryId: string }
  /** Finished: what was kept. Null when only the fact was kept. */
  | { kind: 'done'; body: Uint8Array | null }
  | { kind: 'mismatch' };

/** Whoever holds it: an attempt that is not the newest is fenced off. */
export type HeldJob = { key: JobKey; attempt: number };

export type JobState = {
  state: 'running' | 'done';
  attempt: number;
  isStarted: boolean;
  leaseEndsAt: Date;
  body: Uint8Array | null;
};

/**
 * The state of each job: absent, running under a lease, done. Every step is atomic, and time is the store's own clock, not a
 * process's. Every record ends: running ones a while after their lease, done ones after their retention.
 */
export interface JobStore {
  begin(job: BeginJob): Promise<BegunJob>;
  /** Extends the lease; false: it is lost, stop. */
  beat(held: HeldJob, leaseMs: number): Promise<boolean>;
  /** Says that effects may begin now; false: the lease is lost. */
  start(held: HeldJob): Promise<boolean>;
  /** Keeps the body, and who waits for it; null: fenced off, throw the body away. `body` is kept for `retentionMs`. */
  finish(held: HeldJob, body: Uint8Array, retentionMs: number): Promise<Waiter[] | null>;
  /** Lets go without a result: the next to begin runs it. `isStarted` false takes the mark of `start` back. */
  release(held: HeldJob, options?: { isStarted: boolean }): Promise<void>;
  find(key: JobKey): Promise<JobState | null>;
}

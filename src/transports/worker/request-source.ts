import type { CallResult } from '../../calls/call-types.js';
import type { Actor } from '../../context.js';
import type { JobKey, SessionRecord, Waiter } from '../../messaging/job-store.js';
import type { LogEntry, Reply, Settlement } from '../../messaging/request-log.js';
import type { RejectionCode } from './answer.js';

/**
 * One kind of entry in the request log: who asks for what, and where results go. Everything between (leases, takeover,
 * deadlines, retries, dead letters) is the same for all kinds.
 */
export interface RequestSource {
  /** Whether an entry is of this kind, by the names of its fields. */
  takes(fields: LogEntry['fields']): boolean;
  /**
   * Never throws for what an entry says; throws where a store does not answer, to be asked again later. `mayRecall`: who asks
   * may be told by what was read for an earlier request: see `Ask.session`.
   */
  read(entry: LogEntry, mayRecall: boolean): Promise<Taken>;
  /** The end of an entry that can never be run, for its sender as far as that can be read, with a dead letter. */
  giveUp(entry: LogEntry, why: Extract<Ended, { kind: 'rejected' }>): Promise<Settlement>;
}

export type Taken =
  | { kind: 'ask'; ask: Ask }
  /** There is nothing to run. `why` is a word for metrics, such as `undecodable`. */
  | { kind: 'settled'; why: string; settlement: Settlement };

/** A call that somebody asks for. */
export interface Ask {
  readonly actor: Actor;
  readonly agentId: string;
  /** As it was written; there may be no such tool. */
  readonly toolName: string;
  readonly arguments: unknown;
  /** Equal keys are one job: made of source, principal, agent, tool and the caller's own key. */
  readonly key: JobKey;
  /** Of the arguments. */
  readonly digest: string;
  readonly waiter: Waiter | null;
  /** What the identity was recalled by, to be held against what stands now before anything comes of it; null: that was done. */
  readonly session: SessionRecord | null;
  /** Given to the call whatever the tool does; null: an unsafe tool gets the job's key, a safe one none. */
  readonly idempotencyKey: string | null;
  /** An earlier run had begun, by what the source knows. */
  readonly wasStarted: boolean;
  readonly deadlineAt: Date | null;
  readonly correlationId: string;
  readonly traceId: string;
  /** `traceparent` and `tracestate` (W3C Trace Context). */
  readonly traceHeaders: Record<string, string>;
  /** What the audit says of who asks, beside the actor. */
  readonly about: { userId: string; guildId: string; channelId: string; platform: string };
  /** What keeps the call from running as things are now (permission, staleness); null: nothing. */
  findRefusal(): Promise<Ended | null>;
  /** The call is about to run. False: it has ended meanwhile, there is nothing to do. May throw, to be tried again. */
  begins?(): Promise<boolean>;
  /** What is kept of the end, for everybody who asks; may write it elsewhere first. Safe to be called twice. */
  keep(ended: Ended, run: Run): Promise<Uint8Array>;
  /** What those who wait on streams are sent. `body` null: it is not kept any more. */
  toReplies(waiters: readonly Waiter[], body: Uint8Array | null): Reply[];
}

/** `attempt` is 0 where nothing ran. */
export type Run = { attempt: number; durationMs: number };

/** How a request ended. */
export type Ended =
  | { kind: 'result'; result: CallResult }
  /** The call threw: an AppError says that nothing ran; anything else is a bug or a store that does not answer. */
  | { kind: 'thrown'; error: unknown }
  /** Nothing ran, or (INDETERMINATE) nobody knows. `message` stands for the usual sentence. */
  | { kind: 'rejected'; code: RejectionCode; message?: string }
  | { kind: 'denied'; message: string };

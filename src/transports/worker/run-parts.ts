import type { Callable } from '../../calls/call-catalog.js';
import type { CallParts } from '../../calls/call-parts.js';
import type { Clock } from '../../context.js';
import type { Logger } from '../../logger.js';
import type { HeldJob } from '../../messaging/job-store.js';
import type { Messaging } from '../../messaging/messaging.js';
import type { LogEntry } from '../../messaging/request-log.js';
import type { WorkerObserver } from '../../telemetry/worker-observer.js';
import type { Leases } from './leases.js';
import type { Ask } from './request-source.js';
import type { StoreWatch } from './watch-stores.js';
import type { AuditedCall, WorkerAudit } from './worker-audit.js';

/** What requests are run with; one for the whole worker. */
export type RunParts = {
  messaging: Pick<Messaging, 'jobs' | 'requests' | 'sessions' | 'complete'>;
  calls: CallParts;
  leases: Leases;
  stores: StoreWatch;
  audit: WorkerAudit;
  clock: Clock;
  logger: Logger;
  observer: WorkerObserver;
  consumer: string;
  leaseMs: number;
  /** Repeats a step of a store until that answers, or the process ends. */
  persist<Value>(step: () => Promise<Value>): Promise<Value>;
  /** Whether a request that ends may be followed by the next new one at once: nothing else comes first. */
  takesNext(): boolean;
  /** Aborts when running calls have to end. */
  shutdown: AbortSignal;
};

/**
 * What becomes of an entry. `left`: it is somebody else's to end, or comes again by itself. `handedBack`: a peer is to take it
 * at once. `retryMs`: it is to be tried again here after so many milliseconds. `next`: it is done, and this one came with its end.
 * `unknown`: who asks has to be read anew, for what was remembered holds no more.
 */
export type Handled =
  | 'done'
  | 'unknown'
  | 'left'
  | 'handedBack'
  | { retryMs: number }
  | { next: LogEntry };

/** How often a job is begun before it is given up. */
export const maxAttempts = 3;
/** A request that is there at each of so many outages may be their cause: from then on they cost it attempts. */
export const maxOutages = 20;
/** After a connection broke that others do not miss. */
export const settlingMs = 250;
/** Results are kept for whoever asks again. */
export const resultKeepMs = 24 * 60 * 60 * 1000;
/** Nothing ran: the same key may come again soon, with other arguments if need be. */
export const refusalKeepMs = 100;
/** Long enough to be answered from, should the process die before its entry has ended; too short to be in a replay's way. */
export const givenUpKeepMs = 1;

/** What a tool's name stands for, or why it stands for nothing. */
export type Found = { callable: Callable } | { error: unknown };

/** A request that is to be run. */
export type EntryAsk = {
  entry: LogEntry;
  ask: Ask;
  /** It may have been run before: its job says first what is known of it. */
  isAgain: boolean;
  /** `traceparent` and the like for what is called. */
  traceHeaders: Record<string, string>;
};

/** A request whose job this process has. */
export type HeldAsk = EntryAsk & { held: HeldJob; found: Found };

export type EntryOf = Pick<LogEntry, 'id' | 'attempt'>;

export function toAudited(ask: Ask, { id, attempt }: EntryOf): AuditedCall {
  const { actor, agentId, toolName, correlationId, traceId, about } = ask;
  return {
    ...about,
    ...{ tenant: actor.tenant, app: actor.app, agentId, toolName, arguments: ask.arguments },
    ...{ entryId: id, attempt, correlationId, traceId },
  };
}

/** Counts that only grow. Labels are words of the program, never a caller's. */
export type WorkerCount =
  /** Entries that were read, and of those the ones that were taken over from a peer. */
  | { what: 'read' }
  | { what: 'reclaimed' }
  /** Entries whose text was trimmed away by somebody. */
  | { what: 'lost' }
  /** Ended without running. */
  | { what: 'rejected'; why: string }
  /** Asked for what already ran. */
  | { what: 'joined' }
  | { what: 'answeredAgain' }
  /** Ran and was told. `outcome` as in replies. */
  | { what: 'ended'; outcome: string }
  /** Ran for nothing: somebody else had taken over. */
  | { what: 'fenced' }
  | { what: 'leaseLost' }
  | { what: 'retried' }
  | { what: 'deadLettered'; why: string }
  | { what: 'storeFailed' };

export type EntrySpan = {
  /** For what is called meanwhile: `traceparent` and the like. */
  readonly headers: Record<string, string>;
  end(result: { outcome: string; errorType: string | null }): void;
};

export type ObservedEntry = {
  /** Of this process among the consumers of the stream. */
  consumer: string;
  entryId: string;
  attempt: number;
  bytes: number;
  correlationId: string;
  /** `traceparent` and `tracestate` of the envelope. */
  traceHeaders: Record<string, string>;
};

export type WorkerGauges = {
  inFlight: number;
  waiting: number;
  lag: number;
  pending: number;
  oldestPendingMs: number;
  deadLetters: number;
};

/** Watches the worker: metrics and spans. Never fails it. */
export interface WorkerObserver {
  count(event: WorkerCount): void;
  /** Of one run, the call included. */
  ran(durationMs: number): void;
  /** By how much a heartbeat came too late. */
  beatLate(ms: number): void;
  measure(gauges: Partial<WorkerGauges>): void;
  /** A span for one entry; null: no tracing. */
  process(entry: ObservedEntry): EntrySpan | null;
}

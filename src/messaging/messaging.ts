import type { HeldJob, JobStore, Waiter } from './job-store.js';
import type { LogEntry, Reply, RequestLog } from './request-log.js';

/** What a caller's gateway wrote about who asks, under the request's trace id. msgpack, as it lies there. */
export interface SessionStore {
  /** Null: there is none. Throws UPSTREAM_FAILED when nobody can tell. */
  find(traceId: string): Promise<Uint8Array | null>;
}

/** Which request used which grant. */
export interface GrantStore {
  /**
   * Whether the grant is `by`'s: it is that of whoever used it first, which is kept for `keepMs`; with 0 it must have been used
   * before. Throws UPSTREAM_FAILED when nobody can tell.
   */
  use(grant: { id: string; by: string; keepMs: number }): Promise<boolean>;
}

/** One published catalog, msgpack as it lies there. */
export type PublishedCatalog = { seq: number; body: Uint8Array };

/** The tools as callers of the worker read them: numbered versions and a pointer to the current one. */
export interface CatalogStore {
  current(): Promise<PublishedCatalog | null>;
  /** Null: not kept any more. */
  find(seq: number): Promise<Uint8Array | null>;
  /**
   * Makes the next version current and announces it (`version`, `schema_hash`), if `expected` (0: none) is still the current
   * one; else null and nothing is written. Versions before it are kept for `keepMs`.
   */
  publish(options: {
    expected: number;
    body: Uint8Array;
    schemaHash: string;
    keepMs: number;
  }): Promise<number | null>;
}

/** Says that somebody changed the worker's configuration. Messages can be lost: whoever listens also looks now and then. */
export interface ConfigFeed {
  /** Calls back on every message and after every gap, until disposed. */
  subscribe(onChange: () => void): AsyncDisposable;
}

/** Who is there: `name` and `instance` of a running process, for as long as it keeps saying so. */
export interface Presence {
  announce(instance: string, about: Readonly<Record<string, string>>, ttlMs: number): Promise<void>;
  withdraw(instance: string): Promise<void>;
}

/** The end of a job that ran: what is kept, the entry that brought it, and what its waiters read. */
export type Completion = {
  held: HeldJob;
  body: Uint8Array;
  retentionMs: number;
  entry: LogEntry;
  /** Of this entry; null: nobody. */
  asker: Waiter | null;
  /** Answers for these waiters, which include the asker. May be called more than once. */
  toReplies(waiters: readonly Waiter[]): Reply[];
  /** The consumer that may get the next request in place of this one; null: nobody. */
  taker: string | null;
};

/** `next`: an entry that nobody had and the taker has now, where the log could hand one over in the same step. */
export type Completed = { next: LogEntry | null };

/** What the worker and its callers meet on: Redis, or this process's memory. */
export type Messaging = AsyncDisposable & {
  kind: 'redis' | 'memory';
  requests: RequestLog;
  jobs: JobStore;
  sessions: SessionStore;
  /** Whether `jobs.begin` holds a session record against the one that stands, in the same step. */
  checksSessions: boolean;
  grants: GrantStore;
  catalogs: CatalogStore;
  config: ConfigFeed;
  presence: Presence;
  /**
   * `jobs.finish`, then `requests.settle` with the replies to all waiters, as one step where both lie in one place. Null:
   * fenced off, nothing was written.
   */
  complete(completion: Completion): Promise<Completed | null>;
  /** Resolves when the other side answers and takes writes; throws UPSTREAM_FAILED. */
  ping(): Promise<void>;
};

/** One request as it lies in the log: fields are binary, as on the wire. */
export type LogEntry = {
  id: string;
  fields: ReadonlyMap<string, Uint8Array>;
  /** Which delivery this is, 1 for the first; counted by the log, not by a process. */
  attempt: number;
};

/** A message for the stream that a caller reads its answers from. */
export type Reply = {
  replyTo: string;
  fields: Readonly<Record<string, string | Uint8Array>>;
};

export type DeadLetter = {
  /** Given by the store. */
  id: string;
  /** Whose request it was; null: nobody could tell. */
  tenant: string | null;
  reason: DeadLetterReason;
  /** A sentence, without secrets. */
  error: string;
  /** The stream and the entry that it came from. */
  originalStream: string;
  originalId: string;
  attempt: number;
  /** The fields of the entry as they came. */
  fields: ReadonlyMap<string, Uint8Array>;
  traceId: string;
  at: Date;
};

/** Why an entry is not tried any more. */
export const deadLetterReasons = [
  'undecodable',
  'invalid',
  'oversize',
  'retries_exhausted',
  'unanswerable',
] as const;
export type DeadLetterReason = (typeof deadLetterReasons)[number];

/** What becomes of an entry; all of it happens, or nothing. */
export type Settlement = {
  replies: readonly Reply[];
  deadLetter?: Pick<DeadLetter, 'tenant' | 'reason' | 'error' | 'traceId'> | undefined;
  /** The entry is done with. False: it stays with its consumer (an answer of a job that another entry brought). */
  isDone: boolean;
};

export type LogDepth = {
  /** Entries that wait: never delivered, or parked. */
  lag: number;
  /** In a consumer's hands. */
  pending: number;
  /** Since the oldest of these was appended; null when there is none. */
  oldestPendingMs: number | null;
  deadLetters: number;
};

/** How many more entries of a tenant a consumer has room for. */
export type Rooms = {
  /** For tenants that are not named. */
  each: number;
  of: ReadonlyMap<string, number>;
};

/** `lost`: ids whose text is gone. `tenants`: those that have parked entries still. */
export type Unparked = {
  entries: { entry: LogEntry; tenant: string }[];
  lost: string[];
  tenants: string[];
};

/** Requests, each delivered to one of the group's consumers and kept until it is settled. */
export interface RequestLog {
  /** Throws LIMIT_EXCEEDED when more entries wait than the log may hold; nothing that waits is ever trimmed. */
  append(fields: Readonly<Record<string, string | Uint8Array>>): Promise<string>;
  /** At most `count` entries that were delivered to nobody, after at most `blockMs`; fewer, or none, then or on abort. */
  read(options: {
    consumer: string;
    count: number;
    blockMs: number;
    signal: AbortSignal;
  }): Promise<LogEntry[]>;
  /**
   * Entries of consumers that were silent for `minIdleMs`, now this consumer's. `lost`: ids whose entries are gone (somebody
   * trimmed the stream): to be told, nothing can be done for them.
   */
  reclaim(options: {
    consumer: string;
    count: number;
    minIdleMs: number;
  }): Promise<{ entries: LogEntry[]; lost: string[] }>;
  /** Keeps entries from being reclaimed. Ids that are another consumer's by now are left alone and not in the answer. */
  touch(consumer: string, ids: readonly string[]): Promise<string[]>;
  /** Gives entries back, so that a peer may reclaim them at once; peers hear of it, see `watchGivenBack`. */
  giveBack(consumer: string, ids: readonly string[]): Promise<void>;
  /** Calls back when somebody gave entries back (a call can be lost: reclaim now and then too), until disposed. */
  watchGivenBack(onGivenBack: () => void): AsyncDisposable;
  /**
   * Puts own entries aside until a consumer has room for their tenant: they are nobody's then, wait, and are not reclaimed
   * however long that takes. Peers hear of it as of entries that were given back. Deliveries are not counted.
   */
  park(consumer: string, tenant: string, ids: readonly string[]): Promise<void>;
  /**
   * Parked entries, now this consumer's: at most `count`, and no more of a tenant than there is room for. Each is the oldest of
   * the tenant that has most room left, `attempt` as it was.
   */
  unpark(options: { consumer: string; count: number; rooms: Rooms }): Promise<Unparked>;
  /**
   * Sends the replies and ends the entry in one step. A reply that cannot be sent (its stream is something else) is logged
   * and left out.
   */
  settle(entry: LogEntry, settlement: Settlement): Promise<void>;
  depth(): Promise<LogDepth>;
  /** Forgets a consumer that has nothing pending; false when it has. */
  leave(consumer: string): Promise<boolean>;
  /** Consumers without pending entries that were silent for `minIdleMs` are forgotten; how many. */
  reapConsumers(minIdleMs: number): Promise<number>;
  /** Newest first. `after` is the id of a dead letter. */
  listDeadLetters(options: { first: number; after: string | null }): Promise<DeadLetter[]>;
  findDeadLetter(id: string): Promise<DeadLetter | null>;
  /** Appends the dead letter's entry again and removes the letter, in one step; null when there is none. */
  replayDeadLetter(id: string): Promise<string | null>;
}

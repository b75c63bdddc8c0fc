import { AppError } from '../../errors.js';
import { settledBefore } from '../settled-before.js';
import type { McpTarget } from './mcp-sessions.js';
import type { McpSession } from './open-mcp-session.js';

export type SessionPoolOptions = {
  open(
    target: McpTarget,
    events: { closing: AbortSignal; onDead: () => void; onToolsChanged: () => void },
  ): Promise<McpSession>;
  onToolsChanged(key: string): void;
  maxSessions: number;
  idleMs: number;
};

type Entry = {
  target: McpTarget;
  opening: Promise<McpSession>;
  session: McpSession | null;
  abort: AbortController;
  active: number;
  lastUsedMs: number;
  isGone: boolean;
  isAlive: boolean;
};

/** A session in use. Whoever has it calls `release` once. */
export type Lease = Disposable & {
  session: McpSession;
  /** Lets nobody else have the session; it closes when nobody uses it any more. */
  retire(options: { isAlive: boolean }): void;
};

/**
 * One session for each key: opened once however many ask for it at a time, kept while it is used, closed when nobody did
 * for `idleMs` or when there are more than `maxSessions`, the one that was not used for the longest first.
 */
export class SessionPool implements AsyncDisposable {
  readonly #entries = new Map<string, Entry>();
  readonly #closings = new Set<Promise<void>>();
  readonly #sweeper: NodeJS.Timeout;
  #isClosed = false;

  constructor(private readonly options: SessionPoolOptions) {
    this.#sweeper = setInterval(() => this.#sweep(), Math.max(10, options.idleMs / 4)).unref();
  }

  /** Throws what `open` throws, LIMIT_EXCEEDED when all sessions are in use, or the reason of `signal`. */
  async lease(target: McpTarget, signal: AbortSignal): Promise<Lease> {
    const entry = this.#entryFor(target);
    entry.active += 1;
    try {
      const session = await settledBefore(signal, entry.opening);
      session.link.target = target;
      return {
        session,
        retire: ({ isAlive }) => this.#retire(entry, isAlive),
        [Symbol.dispose]: () => this.#release(entry),
      };
    } catch (error) {
      this.#release(entry);
      throw error;
    }
  }

  drop(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#close(entry);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#sweeper);
    for (const key of [...this.#entries.keys()]) this.drop(key);
    await Promise.all(this.#closings);
  }

  #entryFor(target: McpTarget): Entry {
    if (this.#isClosed) throw new AppError('UPSTREAM_FAILED', 'The service is being stopped.');
    const known = this.#entries.get(target.key);
    if (known && !isOther(known, target)) {
      this.#entries.delete(target.key);
      this.#entries.set(target.key, known);
      return known;
    }
    if (known) this.#retire(known, true);
    this.#makeRoom();
    const entry = this.#open(target);
    this.#entries.set(target.key, entry);
    return entry;
  }

  #open(target: McpTarget): Entry {
    const abort = new AbortController();
    const opening = this.options.open(target, {
      closing: abort.signal,
      onDead: () => this.#retire(entry, false),
      onToolsChanged: () => this.options.onToolsChanged(target.key),
    });
    const entry: Entry = {
      target,
      opening,
      session: null,
      abort,
      active: 0,
      lastUsedMs: performance.now(),
      isGone: false,
      isAlive: true,
    };
    opening.then(
      (session) => {
        entry.session = session;
      },
      () => this.#forget(entry),
    );
    return entry;
  }

  #release(entry: Entry): void {
    entry.active -= 1;
    entry.lastUsedMs = performance.now();
    if (entry.isGone && entry.active === 0) this.#close(entry);
  }

  #retire(entry: Entry, isAlive: boolean): void {
    this.#forget(entry);
    entry.isAlive &&= isAlive;
    if (entry.isGone) return;
    entry.isGone = true;
    if (entry.active === 0) this.#close(entry);
  }

  #forget(entry: Entry): void {
    if (this.#entries.get(entry.target.key) === entry) this.#entries.delete(entry.target.key);
  }

  #close(entry: Entry): void {
    entry.isGone = true;
    entry.abort.abort(new AppError('UPSTREAM_FAILED', 'The session with the server was ended.'));
    const closing = entry.opening
      .then((session) => session.close({ isAlive: entry.isAlive }))
      .catch(() => {})
      .finally(() => this.#closings.delete(closing));
    this.#closings.add(closing);
  }

  #sweep(): void {
    const oldest = performance.now() - this.options.idleMs;
    for (const entry of [...this.#entries.values()]) {
      if (entry.active === 0 && entry.lastUsedMs < oldest) this.#retire(entry, true);
    }
  }

  #makeRoom(): void {
    const { maxSessions } = this.options;
    if (this.#entries.size < maxSessions) return;
    for (const entry of this.#entries.values()) {
      if (entry.active > 0) continue;
      this.#retire(entry, true);
      return;
    }
    const message = `All ${maxSessions} sessions with MCP servers are in use.`;
    throw new AppError('LIMIT_EXCEEDED', message, { retryAfterSeconds: 1 });
  }
}

/** A server that was found to speak another transport than was asked for keeps its session. */
function isOther({ target, session }: Entry, { url, transport }: McpTarget): boolean {
  if (url !== target.url) return true;
  return transport !== null && transport !== target.transport && transport !== session?.transport;
}

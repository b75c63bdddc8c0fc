import type { AsyncLocalStorage } from 'node:async_hooks';
import type { McpLogMessage } from './mcp-sessions.js';

export type ExchangeOptions = {
  /** Most bytes of all answers to it; `Infinity` for a stream that stands. */
  maxBytes: number;
  onSent?: (() => void) | undefined;
  onLog?: ((message: McpLogMessage) => void) | undefined;
};

/** One request to a server, over all the HTTP requests that it takes: how far it came and what became of it. */
export class Exchange {
  /** The first bytes went onto a connection. */
  isSent = false;
  /** The server took the last message: it answered 2xx. */
  isTaken = false;
  /** Of the last answer to a message; resumed streams do not count. */
  status: number | null = null;
  /** What broke it, where that is known better than the SDK tells. */
  failure: unknown = null;
  /** What `authorize` threw: it is the caller's own. */
  refusal: unknown = null;
  /** The result as it came, before anybody read it. */
  result: unknown = undefined;
  readonly #ending = new AbortController();
  #bytes = 0;
  #openStreams = 0;
  #lastCall: NodeJS.Timeout | undefined;

  constructor(private readonly options: ExchangeOptions) {}

  /** Ends the HTTP requests that belong to it. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  get bytesLeft(): number {
    return Math.max(0, this.options.maxBytes - this.#bytes);
  }

  /** It lasts as long as its session. */
  get isStanding(): boolean {
    return this.options.maxBytes === Number.POSITIVE_INFINITY;
  }

  count(bytes: number): void {
    this.#bytes += bytes;
  }

  sent(): void {
    this.isSent = true;
    this.options.onSent?.();
  }

  /** `isMessage`: the request carried a message, and did not resume a stream. */
  answered({ status, headers }: Response, { isMessage }: { isMessage: boolean }): void {
    if (headers.get('content-type')?.startsWith('text/event-stream')) this.#openStreams += 1;
    if (!isMessage) return;
    this.status = status;
    this.isTaken = status >= 200 && status < 300;
  }

  /** A server ended a stream by itself. */
  streamEnded(): void {
    this.#openStreams -= 1;
    if (this.#openStreams === 0) clearTimeout(this.#lastCall);
  }

  log(message: McpLogMessage): void {
    this.options.onLog?.(message);
  }

  /** Another request belongs to it: what was left of those before ends with this one. */
  goOn(): void {
    clearTimeout(this.#lastCall);
  }

  /** Ends what is left of it, at once or when a server had the time to end its streams by itself. */
  end({ graceMs }: { graceMs: number }): void {
    clearTimeout(this.#lastCall);
    if (graceMs === 0) {
      this.#ending.abort();
    } else if (this.#openStreams > 0) {
      this.#lastCall = setTimeout(() => this.#ending.abort(), graceMs).unref();
    }
  }
}

/** Which exchange the running code belongs to: the SDK calls `fetch` without telling for which message. */
export type Exchanges = AsyncLocalStorage<Exchange | null>;

/** A request that leaves the process. `url` is absolute, http or https. */
export type OutgoingRequest = {
  url: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** Most bytes of an answer, after decompression. */
  maxBytes?: number;
  /**
   * What becomes of a larger answer: `refuse` (unless told) is LIMIT_EXCEEDED; `truncate` gives what came within the
   * limit, marked as truncated. With `truncate`, an answer that streams (`isStreamingType`) is also given as far as it
   * was read when its time is up or its connection breaks.
   */
  onLimit?: 'refuse' | 'truncate';
  /** With `truncate`: how long an answer that streams is read, from its headers on. */
  maxStreamMs?: number;
  /** Redirects to follow, 5 unless told; with 0 a redirect is an answer like any other. */
  maxRedirects?: number;
  /** Bound on the whole exchange, redirects included. */
  timeoutMs?: number;
  /** Longest wait for the answer to begin once the request is out; `timeoutMs` unless told. */
  headersTimeoutMs?: number;
  /** Longest pause within an answer that does not stream; `timeoutMs` unless told. */
  bodyTimeoutMs?: number;
  signal?: AbortSignal;
  /**
   * Called when the first bytes of the request go onto a checked connection (again for each redirect). Where it was not
   * called, no server has seen anything of the request.
   */
  onSent?: () => void;
  /**
   * Asked for each host (`name:port`) that the request goes to, redirects among them: nothing goes there before it
   * resolves, and its answer is called when no more comes from there. What it throws is thrown as it is.
   */
  admit?: (host: string) => Promise<() => void>;
};

export type IncomingResponse = {
  status: number;
  /** Lower-case names; repeated headers joined by `, `. */
  headers: Record<string, string>;
  body: Uint8Array;
  /** The answer went on: what is beyond a limit was left out. Never with `onLimit: 'refuse'`. */
  isTruncated: boolean;
  /** Where the answer came from, after redirects. */
  url: string;
};

/** A request whose answer is read as it comes. */
export type OpeningRequest = Pick<
  OutgoingRequest,
  'url' | 'method' | 'headers' | 'body' | 'maxRedirects' | 'signal' | 'onSent'
> & {
  /** Until the headers of the answer; 0 for as long as it takes. */
  timeoutMs?: number;
  /** Most bytes of the answer, after decompression; `Infinity` for a stream that stands. */
  maxBytes?: number;
};

/** An answer that has begun. Its body is read once, to its end, or cancelled. */
export type OpenResponse = Omit<IncomingResponse, 'body' | 'isTruncated'> & {
  /** Throws as `send` does. A body that is not read to its end closes its connection. */
  body: AsyncIterable<Uint8Array>;
  /** Closes the connection of a body that nobody reads. */
  cancel(): void;
};

/** The only way out: every address is checked by the egress guard and pinned, redirects are checked again. */
export interface HttpClient extends AsyncDisposable {
  /**
   * Throws FORBIDDEN (egress refused), UPSTREAM_FAILED, UPSTREAM_TIMEOUT (`details.phase`: `connect`, `headers` or
   * `body`), LIMIT_EXCEEDED, or the reason of the caller's own abort; any status is an answer.
   */
  send(request: OutgoingRequest): Promise<IncomingResponse>;
  /**
   * As `send`, but the answer is there as soon as its headers are. Compression is not asked for, as it holds back what a
   * stream says. The request's signal ends the body too, with its reason.
   */
  open(request: OpeningRequest): Promise<OpenResponse>;
}

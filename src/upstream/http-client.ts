/** A request that leaves the process. `url` is absolute, http or https. */
export type OutgoingRequest = {
  url: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** Over this many bytes (after decompression) the answer is refused with LIMIT_EXCEEDED. */
  maxBytes?: number;
  /** Redirects to follow, 5 unless told; with 0 a redirect is an answer like any other. */
  maxRedirects?: number;
  /** Bound on the whole exchange, redirects included. */
  timeoutMs?: number;
  signal?: AbortSignal;
};

export type IncomingResponse = {
  status: number;
  /** Lower-case names; repeated headers joined by `, `. */
  headers: Record<string, string>;
  body: Uint8Array;
  /** Where the answer came from, after redirects. */
  url: string;
};

/** The only way out: every address is checked by the egress guard and pinned, redirects are checked again. */
export interface HttpClient extends AsyncDisposable {
  /** Throws FORBIDDEN (egress refused), UPSTREAM_FAILED, UPSTREAM_TIMEOUT or LIMIT_EXCEEDED; any status is an answer. */
  send(request: OutgoingRequest): Promise<IncomingResponse>;
}

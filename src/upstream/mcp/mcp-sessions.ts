/** How a server was found to speak: `SSE` is the HTTP+SSE transport of revision 2024-11-05. */
export type McpTransportKind = 'STREAMABLE_HTTP' | 'SSE';

export type McpAuthorizeRequest = {
  /** The value that was answered with 401 or 403, or null. */
  stale: string | null;
  /** That answer's WWW-Authenticate, empty where it had none; null: nothing was answered yet. */
  challenge: string | null;
  signal: AbortSignal;
};

export type McpTarget = {
  /** Names the server: sessions are shared by key. A change of anything below under the same key opens a new session. */
  key: string;
  url: string;
  /** What it was found to speak; null: not known, Streamable HTTP first. */
  transport: McpTransportKind | null;
  timeoutMs: number;
  /**
   * The Authorization header's value, or null. Asked before each request, and once more after a 401 or a 403 that asks
   * for a wider scope. Throws AppError when none is to be had.
   */
  authorize(request: McpAuthorizeRequest): Promise<string | null>;
};

/** A tool as its server defines it. Both schemas are objects; `$ref`s that lead elsewhere are never fetched. */
export type McpToolDefinition = {
  name: string;
  title?: string;
  description?: string;
  inputSchema: Record<string, unknown>;
  outputSchema?: Record<string, unknown>;
  annotations?: Record<string, unknown>;
};

/** A tool that was left out of a list, and why, as a sentence. `name` is null where the definition has none. */
export type McpSkippedTool = { name: string | null; reason: string };

export type McpToolList = {
  tools: McpToolDefinition[];
  skipped: McpSkippedTool[];
  transport: McpTransportKind;
};

/** text, image, audio, resource, resource_link as in the specification, untouched; also kinds that are not known. */
export type McpContent = Record<string, unknown> & { type: string };

export type McpCallResult = {
  content: McpContent[];
  structuredContent?: unknown;
  isError: boolean;
  meta?: Record<string, unknown>;
};

export type McpProgress = { progress: number; total?: number; message?: string };

export type McpLogMessage = { level: string; logger?: string; data: unknown };

export type McpCall = {
  name: string;
  arguments: Record<string, unknown>;
  /** Most bytes of the answer, after decompression, with all that the server says before it. */
  maxBytes: number;
  /** For everything from connecting to the answer; progress does not extend it. */
  timeoutMs: number;
  signal?: AbortSignal;
  onProgress?: (progress: McpProgress) => void;
  /** Log messages that the server sends while the call runs. */
  onLog?: (message: McpLogMessage) => void;
  /** Told once the request is out. */
  onSent?: () => void;
};

/**
 * Sessions with MCP servers, one for each key, kept and opened again when they die. Failures are AppErrors: FORBIDDEN
 * (egress refused), UPSTREAM_FAILED (`details.status` where the server answered with one), UPSTREAM_TIMEOUT and
 * LIMIT_EXCEEDED; `details.mayHaveRun` tells whether the request may have reached the server. The reason of the caller's
 * own abort and what `authorize` throws are thrown as they are.
 */
export interface McpSessions extends AsyncDisposable {
  /** Every page of the server's list. The last of several definitions of one name counts. */
  listTools(target: McpTarget, options?: { signal?: AbortSignal }): Promise<McpToolList>;
  callTool(target: McpTarget, call: McpCall): Promise<McpCallResult>;
  /** Told the key of a server that said notifications/tools/list_changed. */
  onToolsChanged(listener: (key: string) => void): Disposable;
  /** Ends the session of a key. */
  drop(key: string): void;
}

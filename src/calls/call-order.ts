import type { CallOrigin } from '../access/ati/ati-caller.js';
import type { Actor } from '../context.js';
import type { McpLogMessage, McpProgress } from '../upstream/mcp/mcp-sessions.js';
import type { Callable } from './call-catalog.js';

/** Who wants to hear what a tool says while it runs; tools of MCP servers do. Never fails a call. */
export type CallListeners = {
  onProgress?: (progress: McpProgress) => void;
  onLog?: (message: McpLogMessage) => void;
};

/** One call that somebody asks for: who, what and with which arguments. */
export type CallOrder = {
  actor: Pick<Actor, 'tenant' | 'app' | 'subject'>;
  /** Null for a test by a person. */
  agentId: string | null;
  /** The name that it was asked for by. */
  toolName: string;
  callable: Callable;
  arguments: unknown;
  idempotencyKey: string | null;
  /** What the caller's token says of where it runs, for the record. */
  origin?: CallOrigin;
  /** Aborts when the caller goes away. */
  signal: AbortSignal | null;
  /**
   * The signal ends a call with an idempotency key too, and until then its answer outlasts outages of the database; else that
   * runs on, since its caller may ask again.
   */
  endsWithSignal?: boolean | undefined;
  listeners: CallListeners;
  /** `traceparent` and `tracestate` of the request (W3C Trace Context). */
  traceHeaders: Record<string, string>;
};

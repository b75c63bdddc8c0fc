import type { Actor } from '../context.js';
import type { Callable } from './call-catalog.js';

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
  /** Aborts when the caller goes away. */
  signal: AbortSignal | null;
  /** `traceparent` and `tracestate` of the request (W3C Trace Context). */
  traceHeaders: Record<string, string>;
};

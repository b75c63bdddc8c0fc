import type { CallOutcome } from './call-types.js';

export type ObservableCall = {
  callId: string;
  tool: string;
  method: string;
  /** Null for a call that a person makes to test an endpoint. */
  agentId: string | null;
  /** `traceparent` and `tracestate` of the request that asked for the call (W3C Trace Context). */
  traceHeaders: Record<string, string>;
};

export type CallObservation = {
  /** Trace context for the upstream; empty when tracing is off. */
  readonly upstreamHeaders: Record<string, string>;
  end(result: { outcome: CallOutcome; status: number | null; errorCode: string | null }): void;
};

/** Watches calls: metrics and traces. Never fails a call. */
export interface CallObserver {
  begin(call: ObservableCall): CallObservation;
}

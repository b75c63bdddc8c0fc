import type { CallResult } from '../../calls/call-types.js';

export function presentCall(call: CallResult) {
  return {
    call_id: call.callId,
    outcome: call.outcome,
    status: call.status,
    result: call.result ?? null,
    error: call.error,
    duration_ms: call.durationMs,
    request: call.request,
    replayed: call.replayed,
  };
}

import type { CallError, CallOutcome, CallResult } from '../call-types.js';

/** The result of a submitted call whose tool was not called, or of which nobody knows; it has no record of its own. */
export function toUnrunResult(id: string, outcome: CallOutcome, error: CallError): CallResult {
  return {
    ...{ callId: id, outcome, error, result: null, status: null },
    ...{ durationMs: 0, request: null, replayed: false },
  };
}

import type { SubmittedCallRow } from '../../calls/submitted/submitted-statements.js';
import { presentCall } from './present-call.js';

export function presentSubmittedCall(call: SubmittedCallRow) {
  return {
    id: call.id,
    state: call.state,
    app_id: call.appId ?? null,
    agent_id: call.agentId,
    tool_name: call.toolName,
    idempotency_key: call.idempotencyKey ?? null,
    submitted_at: call.submittedAt,
    deadline_at: call.deadlineAt,
    started_at: call.startedAt,
    finished_at: call.finishedAt,
    result: call.result ? presentCall(call.result) : null,
  };
}

import { getCallable } from '../../calls/get-callable.js';
import type { Ask } from './request-source.js';
import type { Found, RunParts } from './run-parts.js';

/** What a tool's name stands for now; rejects never. */
export function findTool({ calls }: RunParts, { actor, agentId, toolName }: Ask): Promise<Found> {
  return getCallable(calls, { tenant: actor.tenant, agentId, name: toolName }).then(
    (callable) => ({ callable }),
    (error: unknown) => ({ error }),
  );
}

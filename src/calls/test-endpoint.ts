import { z } from 'zod';
import { requireScope } from '../access/require-scope.js';
import { refuseUnknownEndpoint } from '../catalog/get-endpoint.js';
import { scopes } from '../context.js';
import { parseInput } from '../lib/parse-input.js';
import { isUuid } from '../lib/uuid.js';
import type { CallContext } from './call-tool.js';
import type { CallResult } from './call-types.js';
import { executeCall } from './execute-call.js';

export const TestEndpointInput = z.object({
  id: z.string().min(1),
  arguments: z.unknown().optional(),
});
export type TestEndpointInput = z.input<typeof TestEndpointInput>;

/**
 * Calls an endpoint for a person who tries it, assigned or not, enabled or not. Throws NOT_FOUND, and else what
 * `callTool` throws.
 */
export async function testEndpoint(ctx: CallContext, raw: TestEndpointInput): Promise<CallResult> {
  requireScope(ctx.actor, scopes.call);
  const { id, arguments: args } = parseInput(TestEndpointInput, raw);
  const { tenant } = ctx.actor;
  const { catalog } = ctx.calls;
  const callable = isUuid(id)
    ? await catalog.callable(
        tenant,
        { kind: 'ENDPOINT', id: id.toLowerCase() },
        await catalog.version(tenant),
      )
    : null;
  if (callable?.kind !== 'ENDPOINT') return refuseUnknownEndpoint(id);
  return executeCall(ctx.calls, {
    actor: ctx.actor,
    agentId: null,
    toolName: callable.endpoint.name,
    callable,
    arguments: args,
    idempotencyKey: null,
    signal: ctx.signal,
    listeners: {},
    traceHeaders: ctx.traceHeaders,
  });
}

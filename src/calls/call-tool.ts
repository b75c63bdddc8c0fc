import { z } from 'zod';
import { requireScope } from '../access/require-scope.js';
import { AgentIdInput } from '../agents/agent-id.js';
import { type Context, scopes } from '../context.js';
import { parseInput } from '../lib/parse-input.js';
import type { Callable } from './call-catalog.js';
import type { CallListeners, CallOrder } from './call-order.js';
import type { CallResult } from './call-types.js';
import { executeCall } from './execute-call.js';
import { getCallable } from './get-callable.js';

export const CallToolInput = z.object({
  agentId: AgentIdInput,
  name: z.string().min(1).max(200),
  arguments: z.unknown().optional(),
  idempotencyKey: z
    .string()
    .min(1)
    .max(255)
    .regex(/^[^\p{Cc}]*$/u, 'expected no control characters')
    .refine((key) => key.isWellFormed(), 'expected no half of a surrogate pair')
    .nullish(),
});
export type CallToolInput = z.input<typeof CallToolInput>;

/** What a call needs of a request. */
export type CallContext = Pick<Context, 'actor' | 'calls' | 'signal' | 'traceHeaders'> &
  Pick<CallOrder, 'endsWithSignal'>;

/**
 * Calls a tool of an agent by its name in that agent's view: exactly what the agent is offered can be called.
 * Throws NOT_FOUND for another name, INVALID_INPUT for arguments that do not fit and for a tool that the agent executes
 * itself, NOT_CONFIGURED for a credential that is missing or an MCP
 * server that a person has to authorize first, CONFLICT for an idempotency key that was used with other
 * arguments; nothing ran and nothing is recorded then. Whatever the upstream does is a result.
 */
export async function callTool(
  ctx: CallContext,
  raw: CallToolInput,
  listeners: CallListeners = {},
): Promise<CallResult> {
  requireScope(ctx.actor, scopes.call);
  const input = parseInput(CallToolInput, raw);
  const callable = await getCallable(ctx.calls, { ...input, tenant: ctx.actor.tenant });
  return execute(ctx, input, callable, listeners);
}

/** `callTool` for a tool that was found (`getCallable`) a moment ago. */
export async function callFoundTool(
  ctx: CallContext,
  raw: CallToolInput,
  callable: Callable,
): Promise<CallResult> {
  requireScope(ctx.actor, scopes.call);
  return execute(ctx, parseInput(CallToolInput, raw), callable, {});
}

function execute(
  ctx: CallContext,
  input: z.output<typeof CallToolInput>,
  callable: Callable,
  listeners: CallListeners,
): Promise<CallResult> {
  return executeCall(ctx.calls, {
    actor: ctx.actor,
    agentId: input.agentId,
    toolName: input.name,
    callable,
    arguments: input.arguments,
    idempotencyKey: input.idempotencyKey ?? null,
    signal: ctx.signal,
    endsWithSignal: ctx.endsWithSignal,
    listeners,
    traceHeaders: ctx.traceHeaders,
  });
}

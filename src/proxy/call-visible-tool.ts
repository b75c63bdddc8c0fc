import { isToolGranted } from '../access/ati/match-scope.js';
import { requireScope } from '../access/require-scope.js';
import { findByName } from '../agents/find-by-name.js';
import type { ProvidedTool } from '../agents/provided-tools.js';
import type { Callable } from '../calls/call-catalog.js';
import { executeCall } from '../calls/execute-call.js';
import { getCallable } from '../calls/get-callable.js';
import { recordOutcome } from '../calls/record-outcome.js';
import { scopes } from '../context.js';
import { AppError } from '../errors.js';
import { createDeadline } from '../lib/deadline.js';
import { isObject } from '../openapi/plain-objects.js';
import { downloadFile } from './files/download-file.js';
import { uploadFile } from './files/upload-file.js';
import { findUpstreamUrl } from './find-upstream-url.js';
import { fitArguments, type GivenArguments } from './fit-arguments.js';
import { type BuiltInTool, listKnownTools, type ProxyTool } from './list-visible-tools.js';
import type { ProxyContext } from './proxy-context.js';
import { toFileResult } from './to-file-result.js';
import { type ProxyResult, toProxyResult } from './to-proxy-result.js';

export type ProxyCall = GivenArguments & {
  name: string;
  /** Whether the name is taken as it is: `provider_tool` means nothing then. */
  isExact: boolean;
  /** What the header `X-Ati-Upstream-Url` says. */
  upstreamUrl: string | null;
};

/** Clients give up after 120 s, and would not hear how it ended. */
export const callVisibleMs = 110_000;
const maxShown = 1000;
const noTool = '00000000-0000-0000-0000-000000000000';

/**
 * Calls a tool for a caller of the proxy. Whatever the upstream does is a result; calls and refusals are recorded under
 * the tool's full name. Throws NOT_FOUND (`details.name`), FORBIDDEN, LIMIT_EXCEEDED with `details.retryAfterSeconds`,
 * INVALID_INPUT for arguments that do not fit (with `details.header` for the header), and NOT_CONFIGURED; of tools for
 * files what `downloadFile` and `uploadFile` throw.
 */
export async function callVisibleTool(ctx: ProxyContext, call: ProxyCall): Promise<ProxyResult> {
  requireScope(ctx.actor, scopes.call);
  const startedAt = ctx.clock.now();
  const known = await listKnownTools(ctx);
  const tool = call.isExact
    ? (known.find(({ name }) => name === call.name) ?? null)
    : findByName(known, call.name);
  try {
    if (!tool) throw unknownTool(call.name);
    if (!isToolGranted(ctx.caller.scopes, tool.name)) {
      const message = `Access denied: '${tool.name}' is not in your scopes`;
      throw new AppError('FORBIDDEN', message, { name: tool.name });
    }
    ctx.proxy.rates.take(ctx.caller, tool.name, startedAt);
    const upstreamUrl = await findUpstreamUrl(ctx, tool, call.upstreamUrl);
    using deadline = createDeadline(callVisibleMs, ctx.signal ?? undefined);
    const { signal } = deadline;
    return tool.kind === 'BUILT_IN'
      ? await callBuiltIn(ctx, tool, call, { signal, startedAt })
      : await callProvided(ctx, tool, call, { signal, upstreamUrl });
  } catch (error) {
    if (error instanceof AppError) {
      note(ctx, tool, call, { error, startedAt, outcome: outcomeOf(error) });
    }
    throw error;
  }
}

async function callProvided(
  { caller, calls, traceHeaders }: ProxyContext,
  tool: ProvidedTool,
  call: ProxyCall,
  { signal, upstreamUrl }: { signal: AbortSignal; upstreamUrl: string | null },
): Promise<ProxyResult> {
  const { actor, agentId, origin } = caller;
  const named = { tenant: actor.tenant, agentId, name: tool.viewName };
  const callable = withUrl(await getCallable(calls, named), tool, upstreamUrl);
  const schema =
    callable.kind === 'MCP' ? callable.tool.inputSchema : callable.endpoint.inputSchema;
  const fitted = fitArguments(schema, call);
  const result = await executeCall(calls, {
    ...{ actor, agentId, callable, origin, signal, traceHeaders },
    ...{ toolName: tool.name, arguments: fitted.arguments },
    ...{ idempotencyKey: null, listeners: {} },
  });
  const told = toProxyResult(result);
  if (isTimeUp(signal)) {
    const error =
      `The tool did not answer within ${callVisibleMs / 1000} s. ${told.error ?? ''}`.trim();
    return { status: 502, result: null, error };
  }
  const isUrlRefused = upstreamUrl !== null && result.outcome === 'DENIED';
  if (isUrlRefused) return { ...told, status: 403 };
  return fitted.outputPath === null || told.error !== null
    ? told
    : { ...told, result: toFileResult(told.result, fitted.outputPath) };
}

function unknownTool(name: string): AppError {
  const shown = name.slice(0, maxShown).toWellFormed();
  return new AppError('NOT_FOUND', `Unknown tool: '${shown}'`, { name: shown });
}

/** The view may have changed since it was listed: what has the name now must be what was granted. */
function withUrl(callable: Callable, { id, name }: ProvidedTool, url: string | null): Callable {
  const found = callable.kind === 'MCP' ? callable.tool.id : callable.endpoint.id;
  if (found !== id) throw unknownTool(name);
  if (url === null || callable.kind !== 'MCP') return callable;
  return { kind: 'MCP', tool: { ...callable.tool, givenUrl: url } };
}

async function callBuiltIn(
  ctx: ProxyContext,
  tool: BuiltInTool,
  call: ProxyCall,
  { signal, startedAt }: { signal: AbortSignal; startedAt: Date },
): Promise<ProxyResult> {
  const { arguments: args } = fitArguments(tool.inputSchema, call);
  const run = tool.name.endsWith(':download') ? downloadFile : uploadFile;
  const result = await run(ctx.proxy, args, signal).catch((error: unknown) => {
    if (!isTimeUp(signal) || error instanceof AppError) throw error;
    throw new AppError(
      'UPSTREAM_TIMEOUT',
      `The file was not there within ${callVisibleMs / 1000} s.`,
    );
  });
  note(ctx, tool, { ...call, args }, { error: null, startedAt, outcome: 'OK' });
  return { status: 200, result, error: null };
}

function isTimeUp({ reason }: AbortSignal): boolean {
  return reason instanceof DOMException && reason.name === 'TimeoutError';
}

function outcomeOf({ code }: AppError): 'DENIED' | 'FAILED' | 'TIMEOUT' {
  if (code === 'UPSTREAM_TIMEOUT') return 'TIMEOUT';
  return code === 'UPSTREAM_FAILED' ? 'FAILED' : 'DENIED';
}

function note(
  { caller, calls, clock }: ProxyContext,
  tool: ProxyTool | null,
  { name, args }: Pick<ProxyCall, 'name' | 'args'>,
  ending: { error: AppError | null; startedAt: Date; outcome: 'OK' | ReturnType<typeof outcomeOf> },
): void {
  const { error, startedAt, outcome } = ending;
  const status = error?.details.status;
  recordOutcome(
    { journal: calls.journal, clock },
    {
      ...{
        actor: caller.actor,
        agentId: caller.agentId,
        origin: caller.origin,
        startedAt,
        outcome,
      },
      toolId: tool?.id ?? noTool,
      toolName: tool?.name ?? name,
      method: tool?.method ?? 'unknown',
      arguments: withoutContent(args),
      status: typeof status === 'number' ? status : null,
      error: error && { code: error.code, message: error.message },
    },
  );
}

/** Files are not looked through, only to be left out. */
function withoutContent(args: unknown): unknown {
  if (!isObject(args) || typeof args.content_base64 !== 'string') return args;
  return { ...args, content_base64: `(${args.content_base64.length} characters)` };
}

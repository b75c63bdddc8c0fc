import type { AuthorizedRequest } from './authorize-request.js';
import { authorizeRequest, isUpstreamFailure, secretsOfCallable } from './authorize-request.js';
import type { EndpointCallable } from './call-catalog.js';
import type { CallOrder } from './call-order.js';
import type { CallParts } from './call-parts.js';
import type { CallableEndpoint, PlannedRequest, RunResult } from './call-types.js';
import { classifyOutcome } from './classify-outcome.js';
import type { Executable, Executed } from './executable.js';
import { inArguments } from './in-arguments.js';
import { planRequest } from './plan-request.js';
import { previewRequest, previewWith } from './preview-request.js';
import { redactValues, redactWith } from './redact.js';
import { createTextRedactor } from './redact-text.js';
import { type AuthorizedRun, runAuthorized } from './run-authorized.js';
import { isSafeMethod } from './run-request.js';
import { secretArguments } from './secret-arguments.js';
import { toRecordable } from './to-recordable.js';

const maxAttempts = 3;

/** `refusal`: why it is not sent: a token was not to be had. */
type Authorized = AuthorizedRequest & { refusal: RunResult | null };

type Prepared = Authorized & { isSafe: boolean; hasUpstreamIdempotency: boolean };

/**
 * From what was asked for to what will be sent; nothing has run. Throws INVALID_INPUT for arguments that do not fit,
 * NOT_CONFIGURED for a credential or a server that is missing.
 */
export async function prepareEndpointCall(
  parts: CallParts,
  order: CallOrder,
  callable: EndpointCallable,
): Promise<Executable> {
  const { endpoint } = callable;
  const keyArgument = upstreamKeyArgument(endpoint);
  const args = checkEndpointArguments(parts, order, endpoint);
  const planned = inArguments(() => planRequest(endpoint, args));
  const authorized = await authorizeOrRefuse(parts, order, callable, planned);
  const prepared: Prepared = {
    ...authorized,
    isSafe: isSafeMethod(endpoint.method),
    hasUpstreamIdempotency: keyArgument !== null && args[keyArgument] !== undefined,
  };
  const given = secretArguments(endpoint.inputSchema, args);
  const text = createTextRedactor([...prepared.secrets, ...given]);
  const preview = previewWith(text, prepared.request);
  return {
    isSafe: prepared.isSafe,
    preview,
    recordedArguments: toRecordable(redactWith(text, order.arguments ?? {})),
    run: async (traceHeaders) => {
      const isTraced = !prepared.refusal && Object.keys(traceHeaders).length > 0;
      const sent = isTraced ? { ...prepared, ...withHeaders(prepared, traceHeaders) } : prepared;
      const { run, secrets } = await send(parts, order, sent);
      const told = classifyOutcome(run, { isSafe: sent.isSafe, accept: endpoint.plan.accept });
      const { durationMs, attempts } = run;
      return {
        ...told,
        result: redactValues(told.result, secrets),
        durationMs,
        attempts,
        // The trace context shows where people look at what was sent.
        preview: isTraced ? previewRequest(sent.request, [...sent.secrets, ...given]) : preview,
      } satisfies Executed;
    },
  };
}

/** The arguments as they are sent. Throws INVALID_INPUT for those that do not fit. */
export function checkEndpointArguments(
  { checker }: Pick<CallParts, 'checker'>,
  order: Pick<CallOrder, 'arguments' | 'idempotencyKey'>,
  endpoint: CallableEndpoint,
): Record<string, unknown> {
  const given = withUpstreamKey(order, upstreamKeyArgument(endpoint));
  return inArguments(() => checker.check(endpoint, given));
}

/** The argument that is sent as `Idempotency-Key`, where the operation takes one. */
function upstreamKeyArgument({ plan }: CallableEndpoint): string | null {
  const parameter = plan.parameters?.find(
    ({ in: where, name }) => where === 'header' && name.toLowerCase() === 'idempotency-key',
  );
  return parameter?.argument ?? null;
}

/** An upstream that takes an idempotency key gets the caller's, unless the arguments have one. */
function withUpstreamKey(
  { arguments: given, idempotencyKey }: Pick<CallOrder, 'arguments' | 'idempotencyKey'>,
  argument: string | null,
) {
  const args = given ?? {};
  const isObject = typeof args === 'object' && !Array.isArray(args);
  if (argument === null || idempotencyKey === null || !isObject || argument in args) return args;
  return { ...args, [argument]: idempotencyKey };
}

async function authorizeOrRefuse(
  { tokens }: Pick<CallParts, 'tokens'>,
  { signal }: CallOrder,
  callable: EndpointCallable,
  planned: PlannedRequest,
): Promise<Authorized> {
  const begin = performance.now();
  try {
    const authorized = await authorizeRequest(tokens, planned, callable, signal ?? undefined);
    return { ...authorized, refusal: null };
  } catch (error) {
    const told = isUpstreamFailure(error)
      ? { code: error.code, message: `No access token for the call: ${error.message}` }
      : signal?.aborted
        ? { code: 'UPSTREAM_FAILED' as const, message: 'The caller went away.' }
        : null;
    if (!told) throw error;
    const refusal: RunResult = {
      kind: 'failure',
      ...told,
      mayHaveRun: false,
      attempts: 0,
      durationMs: performance.now() - begin,
    };
    return { request: planned, secrets: secretsOfCallable(callable), renew: null, refusal };
  }
}

async function send(
  { http, hosts, clock, settings }: CallParts,
  { signal }: CallOrder,
  prepared: Prepared,
): Promise<AuthorizedRun> {
  const { refusal, secrets, isSafe, hasUpstreamIdempotency } = prepared;
  if (refusal) return { run: refusal, secrets };
  const { timeoutMs, maxBytes, maxStreamMs } = settings;
  const policy = { isSafe, hasUpstreamIdempotency, timeoutMs, maxBytes, maxStreamMs, maxAttempts };
  return runAuthorized({ http, hosts, clock }, prepared, policy, signal ?? undefined);
}

function withHeaders(
  { request, secrets, renew }: AuthorizedRequest,
  headers: Record<string, string>,
): AuthorizedRequest {
  return {
    request: { ...request, headers: { ...headers, ...request.headers } },
    secrets,
    renew: renew && (async (signal) => withHeaders(await renew(signal), headers)),
  };
}

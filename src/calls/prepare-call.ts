import {
  type AuthorizedRequest,
  authorizeRequest,
  isUpstreamFailure,
  secretsOfCallable,
} from './authorize-request.js';
import type { CallOrder } from './call-order.js';
import type { CallParts } from './call-parts.js';
import type { CallableEndpoint, PlannedRequest, RequestPreview, RunResult } from './call-types.js';
import { inArguments } from './in-arguments.js';
import { planRequest } from './plan-request.js';
import { previewRequest } from './preview-request.js';
import { redact } from './redact.js';
import { isSafeMethod } from './run-request.js';
import { toRecordable } from './to-recordable.js';

export type PreparedCall = Pick<AuthorizedRequest, 'request' | 'secrets' | 'renew'> & {
  preview: RequestPreview;
  /** Redacted, and shortened to what the history keeps. */
  recordedArguments: unknown;
  isSafe: boolean;
  hasUpstreamIdempotency: boolean;
  /** Why it is not sent: a token was not to be had. */
  refusal: RunResult | null;
};

/**
 * From what was asked for to what will be sent; nothing has run. Throws INVALID_INPUT for arguments that do not fit,
 * NOT_CONFIGURED for a credential or a server that is missing.
 */
export async function prepareCall(
  parts: Pick<CallParts, 'checker' | 'tokens'>,
  order: CallOrder,
): Promise<PreparedCall> {
  const { endpoint } = order.callable;
  const keyArgument = upstreamKeyArgument(endpoint);
  const args = inArguments(() =>
    parts.checker.check(endpoint, withUpstreamKey(order, keyArgument)),
  );
  const planned = inArguments(() => planRequest(endpoint, args));
  const authorized = await authorizeOrRefuse(parts, order, planned);
  const { request, secrets } = authorized;
  return {
    ...authorized,
    preview: previewRequest(request, secrets),
    recordedArguments: toRecordable(redact(order.arguments ?? {}, secrets)),
    isSafe: isSafeMethod(endpoint.method),
    hasUpstreamIdempotency: keyArgument !== null && args[keyArgument] !== undefined,
  };
}

/** The argument that is sent as `Idempotency-Key`, where the operation takes one. */
function upstreamKeyArgument({ plan }: CallableEndpoint): string | null {
  const parameter = plan.parameters?.find(
    ({ in: where, name }) => where === 'header' && name.toLowerCase() === 'idempotency-key',
  );
  return parameter?.argument ?? null;
}

/** An upstream that takes an idempotency key gets the caller's, unless the arguments have one. */
function withUpstreamKey({ arguments: given, idempotencyKey }: CallOrder, argument: string | null) {
  const args = given ?? {};
  const isObject = typeof args === 'object' && !Array.isArray(args);
  if (argument === null || idempotencyKey === null || !isObject || argument in args) return args;
  return { ...args, [argument]: idempotencyKey };
}

type Authorized = AuthorizedRequest & Pick<PreparedCall, 'refusal'>;

async function authorizeOrRefuse(
  { tokens }: Pick<CallParts, 'tokens'>,
  { callable, signal }: CallOrder,
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

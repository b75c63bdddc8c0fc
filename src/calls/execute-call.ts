import { randomUUID } from 'node:crypto';
import { AppError } from '../errors.js';
import type { AuthorizedRequest } from './authorize-request.js';
import type { Claim, Ending } from './call-claim.js';
import type { CallOrder } from './call-order.js';
import type { CallParts } from './call-parts.js';
import type { CallResult } from './call-types.js';
import { classifyOutcome } from './classify-outcome.js';
import { digestArguments } from './digest-arguments.js';
import { refuseDeepArguments } from './in-arguments.js';
import { type PreparedCall, prepareCall } from './prepare-call.js';
import { previewRequest } from './preview-request.js';
import { redactValues } from './redact.js';
import { type AuthorizedRun, runAuthorized } from './run-authorized.js';
import { deathOf, settleDeadCalls } from './settle-dead-calls.js';
import { shortenPreview } from './to-recordable.js';

const maxAttempts = 3;

/**
 * Makes one call and records it. What the upstream does is told by the result, whatever it is. With an idempotency key,
 * equal calls of one agent are made once in 24 hours, whichever processes they reach: one that comes while it runs waits
 * for it, a later one gets the kept result.
 * Throws INVALID_INPUT and NOT_CONFIGURED when there is nothing to send, and CONFLICT for an idempotency key that was
 * used with other arguments; nothing ran and nothing is recorded then.
 */
export async function executeCall(parts: CallParts, order: CallOrder): Promise<CallResult> {
  refuseDeepArguments(order.arguments);
  if (order.idempotencyKey !== null && order.agentId !== null) {
    return executeOnce(parts, order, { agentId: order.agentId, key: order.idempotencyKey });
  }
  const prepared = await prepareCall(parts, order);
  const claim = toClaim(parts, order, prepared, '');
  if (prepared.isSafe) {
    parts.journal.watch(claim);
    const { sent, result, ending } = await runOrLetGo(parts, order, claim, prepared);
    parts.journal.record(sent, ending);
    return result;
  }
  await parts.journal.claim(claim);
  return runClaimed(parts, order, claim, prepared);
}

type Keyed = { agentId: string; key: string };

async function executeOnce(parts: CallParts, order: CallOrder, keyed: Keyed): Promise<CallResult> {
  const argumentsDigest = digestArguments(order.arguments ?? {});
  const { tenant } = order.actor;
  const name = JSON.stringify([tenant, keyed.agentId, order.callable.endpoint.id, keyed.key]);
  const running = parts.running.get(name);
  if (running) {
    refuseOtherArguments(running.argumentsDigest, argumentsDigest, keyed.key);
    return { ...(await running.result), replayed: true };
  }
  // A caller who goes away may ask again under the same key: the call runs on and its result is kept.
  const result = claimOrReplay(parts, { ...order, signal: null }, keyed, argumentsDigest);
  parts.running.set(name, { argumentsDigest, result });
  try {
    return await result;
  } finally {
    parts.running.delete(name);
  }
}

/** Runs the call if nobody else does or did, else waits for the other's result. */
async function claimOrReplay(
  parts: CallParts,
  order: CallOrder,
  keyed: Keyed,
  argumentsDigest: string,
): Promise<CallResult> {
  const prepared = await prepareCall(parts, order).catch(async (error: unknown) => {
    // What was called before is answered although it could not be called any more.
    const kept = await findReplay(parts, order, keyed, argumentsDigest);
    if (kept && kept !== 'running') return kept;
    throw error;
  });
  if ('callId' in prepared) return prepared;
  for (let pauseMs = 20; ; pauseMs = Math.min(500, pauseMs * 1.5)) {
    const claim = toClaim(parts, order, prepared, argumentsDigest);
    if (await parts.journal.claim(claim)) {
      return runClaimed(parts, order, claim, prepared);
    }
    const kept = await findReplay(parts, order, keyed, argumentsDigest);
    if (kept && kept !== 'running') return kept;
    if (kept) await new Promise((done) => setTimeout(done, pauseMs));
  }
}

/** The kept result of the call with this key; null when the key is free. */
async function findReplay(
  parts: CallParts,
  { actor, callable }: CallOrder,
  { agentId, key }: Keyed,
  argumentsDigest: string,
): Promise<CallResult | 'running' | null> {
  const endpointId = callable.endpoint.id;
  const entry = await parts.journal.find({ tenantId: actor.tenant, agentId, endpointId, key });
  if (!entry) return null;
  if (entry.isStale) {
    await parts.journal.forget(entry.id);
    return null;
  }
  refuseOtherArguments(entry.argumentsDigest, argumentsDigest, key);
  if (entry.result) return { ...entry.result, replayed: true };
  if (entry.isDead) await settleDeadCalls(parts, { limit: 1, id: entry.id });
  return 'running';
}

function refuseOtherArguments(known: string, given: string, key: string): void {
  if (known === given) return;
  throw new AppError(
    'CONFLICT',
    `The idempotency key "${key}" was used with other arguments. Give the same arguments, or another key.`,
    { idempotencyKey: key },
  );
}

async function runClaimed(
  parts: CallParts,
  order: CallOrder,
  claim: Claim,
  prepared: PreparedCall,
): Promise<CallResult> {
  const { journal, logger } = parts;
  const warn = () =>
    logger.warn({ callId: claim.id }, 'a call outlived its lease and was settled meanwhile');
  const { sent, result, ending } = await runOrLetGo(parts, order, claim, prepared);
  const isKeyed = claim.draft.idempotencyKey !== null;
  const finishing = journal.finish(sent, ending, isKeyed ? result : null);
  if (!isKeyed) {
    // The claim says that it ran: nobody has to wait for its record.
    finishing.then(
      (isRecorded) => isRecorded || warn(),
      (err: unknown) => logger.error({ err, callId: claim.id }, 'a call could not be recorded'),
    );
    return result;
  }
  if (await finishing) return result;
  warn();
  return { ...result, ...deathOf(claim), result: null, status: null };
}

async function runOrLetGo(
  parts: CallParts,
  order: CallOrder,
  claim: Claim,
  prepared: PreparedCall,
): Promise<Run> {
  try {
    return await run(parts, order, claim, prepared);
  } catch (error) {
    // The request was refused before anything was sent.
    if (error instanceof AppError) await parts.journal.release(claim.id);
    // Nobody knows how far it came: when the lease is over, it counts as one whose process died.
    else parts.journal.letGo(claim.id);
    throw error;
  }
}

/** `sent` is the claim with what was sent in the end. */
type Run = { sent: Claim; result: CallResult; ending: Ending };

async function run(
  parts: CallParts,
  order: CallOrder,
  claim: Claim,
  planned: PreparedCall,
): Promise<Run> {
  const { endpoint } = order.callable;
  const watched = parts.observer.begin({
    callId: claim.id,
    tool: order.toolName,
    method: endpoint.method,
    agentId: order.agentId,
    traceHeaders: order.traceHeaders,
  });
  const prepared = withTrace(planned, watched.upstreamHeaders);
  const { isSafe, preview } = prepared;
  const { run: answer, secrets } = await send(parts, order, prepared).catch((error: unknown) => {
    watched.end({ outcome: 'INDETERMINATE', status: null, errorCode: 'INTERNAL' });
    throw error;
  });
  const told = classifyOutcome(answer, { isSafe, accept: endpoint.plan.accept });
  watched.end({ ...told, errorCode: told.error?.code ?? null });
  const durationMs = Math.round(answer.durationMs);
  const ending: Ending = {
    outcome: told.outcome,
    status: told.status,
    error: told.error,
    durationMs,
    attempts: answer.attempts,
    finishedAt: parts.clock.now(),
  };
  const result: CallResult = {
    callId: claim.id,
    outcome: told.outcome,
    result: redactValues(told.result, secrets),
    error: told.error,
    status: told.status,
    durationMs,
    request: preview,
    replayed: false,
  };
  const sent =
    prepared === planned
      ? claim
      : { ...claim, draft: { ...claim.draft, request: shortenPreview(preview) } };
  return { sent, result, ending };
}

async function send(
  { http, hosts, clock, settings }: CallParts,
  { signal }: CallOrder,
  prepared: PreparedCall,
): Promise<AuthorizedRun> {
  const { refusal, secrets, isSafe, hasUpstreamIdempotency } = prepared;
  if (refusal) return { run: refusal, secrets };
  const { timeoutMs, maxBytes, maxStreamMs } = settings;
  const policy = { isSafe, hasUpstreamIdempotency, timeoutMs, maxBytes, maxStreamMs, maxAttempts };
  return runAuthorized({ http, hosts, clock }, prepared, policy, signal ?? undefined);
}

/** The trace context goes along, and shows where people look at what was sent. */
function withTrace(prepared: PreparedCall, traceHeaders: Record<string, string>): PreparedCall {
  if (prepared.refusal || Object.keys(traceHeaders).length === 0) return prepared;
  const traced = { ...prepared, ...withHeaders(prepared, traceHeaders) };
  return { ...traced, preview: previewRequest(traced.request, traced.secrets) };
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

function toClaim(
  { clock }: CallParts,
  { actor, agentId, toolName, callable, idempotencyKey }: CallOrder,
  { preview, recordedArguments, isSafe }: PreparedCall,
  argumentsDigest: string,
): Claim {
  const { id: endpointId, apiId, method } = callable.endpoint;
  return {
    id: randomUUID(),
    isSafe,
    argumentsDigest,
    draft: {
      tenantId: actor.tenant,
      appId: actor.app,
      agentId,
      subject: actor.subject?.replaceAll('\0', '').toWellFormed() ?? null,
      apiId,
      endpointId,
      toolName,
      method,
      idempotencyKey,
      arguments: recordedArguments,
      request: shortenPreview(preview),
      startedAt: clock.now().toISOString(),
    },
  };
}

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../errors.js';
import { storableText } from '../lib/storable-text.js';
import { isDatabaseOutage } from '../storage/is-database-outage.js';
import type { Claim, Ending } from './call-claim.js';
import type { CallOrder } from './call-order.js';
import type { CallParts } from './call-parts.js';
import type { CallResult } from './call-types.js';
import { digestArguments } from './digest-arguments.js';
import type { Executable } from './executable.js';
import { refuseDeepArguments } from './in-arguments.js';
import { prepareCall, subjectOf } from './prepare-call.js';
import { deathOf, settleDeadCalls } from './settle-dead-calls.js';
import { shortenPreview } from './to-recordable.js';

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
  const name = JSON.stringify([
    tenant,
    keyed.agentId,
    subjectOf(order.callable).endpointId,
    keyed.key,
  ]);
  const running = parts.running.get(name);
  if (running) {
    refuseOtherArguments(running.argumentsDigest, argumentsDigest, keyed.key);
    return { ...(await running.result), replayed: true };
  }
  // A caller who goes away may ask again under the same key: the call runs on and its result is kept.
  const signal = order.endsWithSignal ? order.signal : null;
  const result = claimOrReplay(parts, { ...order, signal }, keyed, argumentsDigest);
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
    if (kept) await waitFor(pauseMs, order.signal);
  }
}

/** Throws UPSTREAM_TIMEOUT for a caller who does not wait any longer: the call is another process's. */
async function waitFor(ms: number, signal: AbortSignal | null): Promise<void> {
  try {
    await sleep(ms, undefined, signal ? { signal } : {});
  } catch (cause) {
    const message =
      'The call with this idempotency key runs in another process and has no result yet.';
    throw new AppError('UPSTREAM_TIMEOUT', message, {}, { cause });
  }
}

/** The kept result of the call with this key; null when the key is free. */
async function findReplay(
  parts: CallParts,
  { actor, callable }: CallOrder,
  { agentId, key }: Keyed,
  argumentsDigest: string,
): Promise<CallResult | 'running' | null> {
  const { endpointId } = subjectOf(callable);
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

/** Throws CONFLICT when an idempotency key was used with other arguments. */
export function refuseOtherArguments(known: string, given: string, key: string): void {
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
  prepared: Executable,
): Promise<CallResult> {
  const { journal, logger } = parts;
  const warn = () =>
    logger.warn({ callId: claim.id }, 'a call outlived its lease and was settled meanwhile');
  const { sent, result, ending } = await runOrLetGo(parts, order, claim, prepared);
  const isKeyed = claim.draft.idempotencyKey !== null;
  const finish = () => journal.finish(sent, ending, isKeyed ? result : null);
  if (!isKeyed) {
    // The claim says that it ran: nobody has to wait for its record.
    finish().then(
      (isRecorded) => isRecorded || warn(),
      (err: unknown) => {
        journal.letGo(claim.id);
        logger.error({ err, callId: claim.id }, 'a call could not be recorded');
      },
    );
    return result;
  }
  const isMine = await untilWritten(finish, order).catch((error: unknown) => {
    journal.letGo(claim.id);
    throw error;
  });
  if (isMine) return result;
  warn();
  return { ...result, ...deathOf(claim), result: null, status: null };
}

/** Writes again while the database is away and the caller can wait: what was done is known here alone. */
async function untilWritten(
  write: () => Promise<boolean>,
  { signal, endsWithSignal }: Pick<CallOrder, 'signal' | 'endsWithSignal'>,
): Promise<boolean> {
  for (let pauseMs = 100; ; pauseMs = Math.min(2000, pauseMs * 2)) {
    try {
      return await write();
    } catch (error) {
      if (!endsWithSignal || !signal || signal.aborted || !isDatabaseOutage(error)) throw error;
      await sleep(pauseMs, undefined, { signal }).catch(() => {
        throw error;
      });
    }
  }
}

async function runOrLetGo(
  parts: CallParts,
  order: CallOrder,
  claim: Claim,
  prepared: Executable,
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
  prepared: Executable,
): Promise<Run> {
  const { kind } = order.callable;
  const watched = parts.observer.begin({
    callId: claim.id,
    tool: order.toolName,
    method: claim.draft.method,
    agentId: order.agentId,
    traceHeaders: order.traceHeaders,
  });
  const done = await prepared.run(watched.upstreamHeaders).catch((error: unknown) => {
    watched.end({ outcome: 'INDETERMINATE', status: null, errorCode: 'INTERNAL' });
    throw error;
  });
  const { outcome, status, error, attempts, preview } = done;
  watched.end({ outcome, status, errorCode: error?.code ?? null });
  const durationMs = Math.round(done.durationMs);
  const finishedAt = parts.clock.now();
  const ending: Ending = { outcome, status, error, durationMs, attempts, finishedAt };
  const result: CallResult = {
    ...{ callId: claim.id, kind, outcome, result: done.result, error, status, durationMs },
    ...{ request: preview, replayed: false },
  };
  const sent =
    preview === prepared.preview
      ? claim
      : { ...claim, draft: { ...claim.draft, request: shortenPreview(preview) } };
  return { sent, result, ending };
}

function toClaim(
  { clock }: CallParts,
  { actor, agentId, toolName, callable, idempotencyKey, origin }: CallOrder,
  { preview, recordedArguments, isSafe }: Executable,
  argumentsDigest: string,
): Claim {
  return {
    id: randomUUID(),
    isSafe,
    argumentsDigest,
    draft: {
      tenantId: actor.tenant,
      appId: actor.app,
      agentId,
      subject: actor.subject && storableText(actor.subject),
      ...subjectOf(callable),
      toolName,
      idempotencyKey,
      jobId: origin?.jobId ?? null,
      sandboxId: origin?.sandboxId ?? null,
      arguments: recordedArguments,
      request: shortenPreview(preview),
      startedAt: clock.now().toISOString(),
    },
  };
}

import type { CallOutcome, CallResult } from '../../calls/call-types.js';
import { finishSubmittedCall } from '../../calls/submitted/finish-submitted-call.js';
import {
  loadSubmittedCall,
  type SubmittedWork,
} from '../../calls/submitted/load-submitted-call.js';
import { readQueuedCall } from '../../calls/submitted/queue-call.js';
import { startSubmittedCall } from '../../calls/submitted/start-submitted-call.js';
import type { SubmittedParts } from '../../calls/submitted/submitted-parts.js';
import type { CallName } from '../../calls/submitted/submitted-statements.js';
import { toUnrunResult } from '../../calls/submitted/to-unrun-result.js';
import { AppError, type ErrorCode } from '../../errors.js';
import type { LogEntry, Settlement } from '../../messaging/request-log.js';
import { type RejectionCode, rejectionAnswer } from './answer.js';
import type { WorkerPolicy } from './policy.js';
import type { Ask, Ended, RequestSource, Taken } from './request-source.js';

type SubmittedSource = {
  submitted: SubmittedParts;
  policy: { current(): Pick<WorkerPolicy, 'isAllowed'> };
};

/** Calls that were submitted: what an entry of the log names is in its row, and so is what becomes of it. */
export function createSubmittedSource(source: SubmittedSource): RequestSource {
  return {
    takes: (fields) => readQueuedCall({ fields }) !== null,
    read: async (entry) => {
      const name = readQueuedCall(entry);
      return name ? readCall(source, name) : finished;
    },
    giveUp: (entry, ended) => giveUp(source.submitted, entry, ended),
  };
}

const finished: Taken = {
  kind: 'settled',
  why: 'finished',
  settlement: { replies: [], isDone: true },
};

async function readCall(source: SubmittedSource, name: CallName): Promise<Taken> {
  const loaded = await loadSubmittedCall(source.submitted, name).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'INTERNAL') return 'sealed' as const;
    throw error;
  });
  if (loaded === 'sealed') return refuseSealed(source, name);
  return loaded ? { kind: 'ask', ask: toAsk(source, loaded) } : finished;
}

/** Nothing but another key can help: it may be run again when that is there. */
async function refuseSealed({ submitted }: SubmittedSource, name: CallName): Promise<Taken> {
  const error = 'The arguments do not open: CREDENTIAL_SECRET lacks the key that sealed them.';
  const result = toUnrunResult(name.id, 'FAILED', { code: 'NOT_CONFIGURED', message: error });
  await finishSubmittedCall(submitted, name, result, { isReplayable: true });
  const deadLetter = { tenant: name.tenant, reason: 'unanswerable', error, traceId: '' } as const;
  return { kind: 'settled', why: 'sealed', settlement: { replies: [], deadLetter, isDone: true } };
}

async function giveUp(
  submitted: SubmittedParts,
  entry: LogEntry,
  { code, message }: Extract<Ended, { kind: 'rejected' }>,
): Promise<Settlement> {
  const name = readQueuedCall(entry);
  const error = rejectionAnswer(code, message).body.error ?? 'It was not called.';
  const result =
    name && toUnrunResult(name.id, rejectionOutcomes[code] ?? 'FAILED', { code, message: error });
  const isKnown =
    result && (await finishSubmittedCall(submitted, name, result, { isReplayable: true }));
  // An entry that names no call of the tenant is not the tenant's.
  const tenant = isKnown ? name.tenant : null;
  const deadLetter = { tenant, reason: 'retries_exhausted', error, traceId: '' } as const;
  return { replies: [], deadLetter, isDone: true };
}

function toAsk({ submitted, policy }: SubmittedSource, work: SubmittedWork): Ask {
  const { actor, agentId, toolName, jobKey: key, argumentsDigest: digest, id } = work;
  const userId = actor.subject ?? '';
  return {
    ...{ actor, agentId, toolName, key, digest, arguments: work.arguments },
    idempotencyKey: work.idempotencyKey,
    wasStarted: work.wasStarted,
    deadlineAt: work.deadlineAt,
    waiter: null,
    session: null,
    correlationId: id,
    traceId: '',
    traceHeaders: work.traceHeaders,
    about: { userId, guildId: '', channelId: '', platform: '' },
    findRefusal: async () =>
      policy.current().isAllowed(toolName, userId)
        ? null
        : { kind: 'denied', message: `the worker's policy does not let this caller use it.` },
    begins: () => startSubmittedCall(submitted, work),
    keep: async (ended, { durationMs }) => {
      const result = toResult(ended, work, durationMs);
      await finishSubmittedCall(submitted, work, result, { isReplayable: isReplayable(ended) });
      // The row has it: the job store needs to know no more than that it ended.
      return new Uint8Array();
    },
    toReplies: () => [],
  };
}

/** It may go to the dead letters. */
function isReplayable(ended: Ended): boolean {
  if (ended.kind === 'rejected') return ended.code === 'RETRIES_EXHAUSTED';
  if (ended.kind !== 'thrown') return false;
  return !(ended.error instanceof AppError) || passingErrors.has(ended.error.code);
}

const passingErrors: ReadonlySet<ErrorCode> = new Set([
  'UPSTREAM_FAILED',
  'UPSTREAM_TIMEOUT',
  'LIMIT_EXCEEDED',
]);

function toResult(ended: Ended, { id, toolName }: SubmittedWork, durationMs: number): CallResult {
  if (ended.kind === 'result') return ended.result;
  const told = (outcome: CallOutcome, code: string, message: string) => ({
    ...toUnrunResult(id, outcome, { code, message }),
    durationMs: Math.round(durationMs),
  });
  if (ended.kind === 'denied')
    return told('DENIED', 'FORBIDDEN', `Access denied: ${ended.message}`);
  if (ended.kind === 'rejected') {
    const { code, message } = ended;
    const sentence = rejectionAnswer(code, message).body.error ?? 'It was not called.';
    return told(rejectionOutcomes[code] ?? 'FAILED', code, sentence);
  }
  const { error } = ended;
  if (error instanceof AppError && error.code !== 'INTERNAL') {
    return told(errorOutcomes[error.code] ?? 'FAILED', error.code, error.message);
  }
  return told('FAILED', 'INTERNAL', `Calling "${toolName}" failed for a reason that is ours.`);
}

const rejectionOutcomes: Partial<Record<RejectionCode, CallOutcome>> = {
  DEADLINE_EXCEEDED: 'TIMEOUT',
  INDETERMINATE: 'INDETERMINATE',
};

const errorOutcomes: Partial<Record<ErrorCode, CallOutcome>> = {
  FORBIDDEN: 'DENIED',
  UPSTREAM_TIMEOUT: 'TIMEOUT',
};

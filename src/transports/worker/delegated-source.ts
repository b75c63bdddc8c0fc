import { hash } from 'node:crypto';
import { digestArguments } from '../../calls/digest-arguments.js';
import type { Clock } from '../../context.js';
import type { SessionRecord, Waiter } from '../../messaging/job-store.js';
import type { SessionStore } from '../../messaging/messaging.js';
import type { LogEntry, Reply, Settlement } from '../../messaging/request-log.js';
import { type Answer, rejectionAnswer } from './answer.js';
import type { CheckGrant, GrantedRequest } from './check-grant.js';
import type { CheckStaleness } from './check-staleness.js';
import { createIdentifier, type Identity, type WorkerDefaults } from './identify.js';
import type { WorkerPolicy } from './policy.js';
import { type RefusedRequest, readRequest, type WorkerRequest } from './read-request.js';
import { isAllowedReplyTo, type ReplyRules } from './reply-target.js';
import type { Ask, Ended, RequestSource, Taken } from './request-source.js';
import { endedAnswer } from './to-answer.js';
import { encodeBody, expiredBody, toReply } from './to-reply.js';
import type { WorkerAudit } from './worker-audit.js';

export type DelegatedSourceOptions = {
  sessions: SessionStore;
  /** Whether the beginning of a job holds a recalled session against the one that stands. */
  checksSessions: boolean;
  defaults: WorkerDefaults;
  policy: { current(): WorkerPolicy };
  isStale: CheckStaleness;
  /** Null: requests need no grant. */
  checkGrant: CheckGrant | null;
  replyRules: ReplyRules;
  audit: Pick<WorkerAudit, 'rejected'>;
  clock: Clock;
};

/** Requests that inference processes write to the stream themselves, answered on streams of theirs. */
export function createDelegatedSource(options: DelegatedSourceOptions): RequestSource {
  const { identify, recall } = createIdentifier(options.defaults);
  // A grant is used up by whoever shows it: that wants to be sure of who asks.
  const canRecall = options.checksSessions && options.checkGrant === null;
  return {
    takes: () => true,
    read: async (entry, mayRecall) => {
      const read = readRequest(entry.fields);
      if (read.kind === 'refused') return refuse(options, read);
      const { request } = read;
      if (!isReplyable(options, request)) return refuseTarget(options, entry, request);
      const { traceId } = request;
      const known = canRecall && mayRecall ? recall(traceId) : null;
      if (known) {
        const session = { traceId, record: known.session };
        return {
          kind: 'ask',
          ask: toAsk(options, entry, { request, identity: known.identity, session }),
        };
      }
      const session = traceId === '' ? null : await options.sessions.find(traceId);
      const identified = identify(traceId, session);
      if (identified.kind === 'refused') {
        return refuseStranger(options, entry, { request, why: identified.why });
      }
      const ask = toAsk(options, entry, {
        ...{ request, identity: identified.identity, session: null },
      });
      const why = (await options.checkGrant?.(toGranted(request, entry, ask))) ?? null;
      return why === null ? { kind: 'ask', ask } : refuseStranger(options, entry, { request, why });
    },
    giveUp: async (entry, why) => giveUp(options, entry, why),
  };
}

function isReplyable({ replyRules }: DelegatedSourceOptions, { replyTo }: { replyTo: string }) {
  return replyTo === '' || isAllowedReplyTo(replyTo, replyRules);
}

/** What cannot be read is put aside; its sender is told where that can be read. */
function refuse(options: DelegatedSourceOptions, refused: RefusedRequest): Taken {
  const { reason, error, traceId } = refused;
  const answer = rejectionAnswer('INVALID_REQUEST', error);
  options.audit.rejected({ correlationId: refused.correlationId, traceId }, answer, reason);
  const deadLetter = { tenant: null, reason, error, traceId };
  return {
    kind: 'settled',
    why: reason,
    settlement: { replies: repliesTo(options, refused, answer), deadLetter, isDone: true },
  };
}

/** Nobody may have this process write wherever they like, and nobody reads an answer elsewhere. */
function refuseTarget(
  { audit }: DelegatedSourceOptions,
  entry: LogEntry,
  { correlationId, toolName, traceId }: WorkerRequest,
): Taken {
  const error = 'reply_to does not begin with one of the prefixes that replies may go to.';
  const answer = rejectionAnswer('INVALID_REQUEST', error);
  audit.rejected({ correlationId, toolName, traceId, entryId: entry.id }, answer, error);
  const deadLetter = { tenant: null, reason: 'unanswerable', error, traceId } as const;
  return { kind: 'settled', why: 'replyTo', settlement: { replies: [], deadLetter, isDone: true } };
}

function refuseStranger(
  options: DelegatedSourceOptions,
  entry: LogEntry,
  { request, why }: { request: WorkerRequest; why: string },
): Taken {
  const { correlationId, toolName, traceId } = request;
  const answer = rejectionAnswer('UNAUTHENTICATED');
  options.audit.rejected({ correlationId, toolName, traceId, entryId: entry.id }, answer, why);
  const replies = repliesTo(options, request, answer);
  return { kind: 'settled', why: 'UNAUTHENTICATED', settlement: { replies, isDone: true } };
}

function giveUp(
  options: DelegatedSourceOptions,
  { fields }: LogEntry,
  { code, message }: Extract<Ended, { kind: 'rejected' }>,
): Settlement {
  const read = readRequest(fields);
  const { replyTo, correlationId } = read.kind === 'request' ? read.request : read;
  const traceId = read.kind === 'request' ? read.request.traceId : read.traceId;
  const answer = rejectionAnswer(code, message);
  const error = answer.detail ?? 'It could not be run.';
  return {
    replies: repliesTo(options, { replyTo, correlationId, traceId }, answer),
    deadLetter: { tenant: null, reason: 'retries_exhausted', error, traceId },
    isDone: true,
  };
}

type ReplyTarget = { replyTo: string; correlationId: string; traceId: string };

function repliesTo(options: DelegatedSourceOptions, target: ReplyTarget, answer: Answer): Reply[] {
  if (target.replyTo === '' || !isReplyable(options, target)) return [];
  const body = encodeBody(answer, { attempt: 0, durationMs: 0 });
  return [toReply(target, body, options.clock.now())];
}

function toGranted(request: WorkerRequest, entry: LogEntry, ask: Ask): GrantedRequest {
  return {
    ...{ grant: request.grant, userId: ask.about.userId, tenant: ask.actor.tenant },
    ...{ toolName: ask.toolName, arguments: request.arguments },
    ...{ jobId: ask.key.id, isAgain: entry.attempt > 1 },
  };
}

function toAsk(
  options: DelegatedSourceOptions,
  entry: LogEntry,
  {
    request,
    identity,
    session,
  }: { request: WorkerRequest; identity: Identity; session: SessionRecord | null },
): Ask {
  const { actor, agentId, ...about } = identity;
  const { policy, isStale, clock } = options;
  const { toolName, correlationId, replyTo, schemaHash, deadlineAt, traceHeaders } = request;
  const { tenant } = actor;
  const { traceId } = request;
  const caller = request.idemKey || correlationId || `entry ${entry.id}`;
  return {
    ...{ actor, agentId, toolName, about, deadlineAt, correlationId, traceId, traceHeaders },
    arguments: request.arguments,
    key: { tenant, id: jobId([about.userId, agentId, toolName, caller]) },
    digest: digestArguments(request.arguments),
    waiter: replyTo === '' ? null : { replyTo, correlationId },
    session,
    idempotencyKey: null,
    wasStarted: false,
    findRefusal: async () => {
      if (!policy.current().isAllowed(toolName, about.userId)) {
        return { kind: 'denied', message: `the user may not call "${toolName}".` };
      }
      const isOutdated =
        schemaHash !== '' && (await isStale({ tenant, agentId, toolName, schemaHash }));
      return isOutdated ? { kind: 'rejected', code: 'CATALOG_STALE' } : null;
    },
    keep: async (ended, run) => encodeBody(endedAnswer(ended, toolName), run),
    toReplies: (waiters, body) => toReplies(waiters, body ?? expiredBody(), traceId, clock),
  };
}

/** Of principal, agent, tool and the caller's key; a JSON list, so that no two of them run into each other. */
function jobId(parts: readonly string[]): string {
  return hash('sha256', JSON.stringify(['wire', ...parts]));
}

function toReplies(
  waiters: readonly Waiter[],
  body: Uint8Array,
  traceId: string,
  clock: Clock,
): Reply[] {
  const now = clock.now();
  return waiters
    .filter(({ replyTo }) => replyTo !== '')
    .map((waiter) => toReply({ ...waiter, traceId }, body, now));
}

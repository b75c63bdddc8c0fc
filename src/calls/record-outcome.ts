import { randomUUID } from 'node:crypto';
import type { CallOrigin } from '../access/ati/ati-caller.js';
import type { Actor, Clock } from '../context.js';
import { storableText } from '../lib/storable-text.js';
import type { CallJournal } from './call-journal.js';
import type { CallError, CallOutcome } from './call-types.js';
import { redact } from './redact.js';
import { toRecordable } from './to-recordable.js';

/** A call that `executeCall` did not make: it was refused, or what it calls is no tool of the catalog. */
export type UnexecutedCall = {
  actor: Pick<Actor, 'tenant' | 'app' | 'subject'>;
  agentId: string;
  /** Of a tool of the catalog its id, else one that stands for it. */
  toolId: string;
  toolName: string;
  method: string;
  arguments: unknown;
  origin: CallOrigin;
  startedAt: Date;
  outcome: CallOutcome;
  status: number | null;
  error: CallError | null;
};

const maxNameLength = 200;

/** Writes the record of such a call, soon. */
export function recordOutcome(
  { journal, clock }: { journal: Pick<CallJournal, 'record'>; clock: Clock },
  call: UnexecutedCall,
): void {
  const { actor, agentId, startedAt, origin, outcome, status, error, method } = call;
  const finishedAt = clock.now();
  const draft = {
    tenantId: actor.tenant,
    appId: actor.app,
    agentId,
    subject: actor.subject && storableText(actor.subject),
    apiId: null,
    mcpServerId: null,
    endpointId: call.toolId,
    toolName: storableText(call.toolName).slice(0, maxNameLength),
    method,
    idempotencyKey: null,
    ...origin,
    arguments: toRecordable(redact(call.arguments ?? {}, [])),
    request: null,
    startedAt: startedAt.toISOString(),
  };
  const durationMs = Math.max(0, finishedAt.getTime() - startedAt.getTime());
  const attempts = outcome === 'DENIED' ? 0 : 1;
  journal.record(
    { id: randomUUID(), isSafe: true, argumentsDigest: '', draft },
    { outcome, status, error, durationMs, attempts, finishedAt },
  );
}

import { defineEntity, p } from '@mikro-orm/core';
import type { CallResult } from '../call-types.js';

export const submittedStates = ['QUEUED', 'RUNNING', 'DONE'] as const;
export type SubmittedState = (typeof submittedStates)[number];

const SubmittedCallSchema = defineEntity({
  name: 'SubmittedCall',
  tableName: 'submitted_calls',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.text(),
    appId: p.text().nullable(),
    agentId: p.text(),
    /** Who the token said it was. */
    subject: p.text().nullable(),
    toolName: p.text(),
    /** Null: the caller gave none. */
    idempotencyKey: p.text().nullable(),
    /** False once another call may have the key. */
    holdsKey: p.boolean(),
    /** SHA-256 of the arguments, whatever the order of their keys. */
    argumentsDigest: p.text(),
    /** Sealed; null when nobody needs them any more. */
    arguments: p.json<string>().columnType('jsonb').nullable(),
    /** Of the request that submitted it (W3C Trace Context). */
    traceHeaders: p.json<Record<string, string>>().columnType('json'),
    state: p.enum(() => submittedStates).$type<SubmittedState>(),
    /** 1, and one more each time that its dead letter is replayed: each is a job of its own. */
    round: p.integer(),
    result: p.json<CallResult>().columnType('json').nullable(),
    submittedAt: p.datetime(),
    /** It does not begin after that. */
    deadlineAt: p.datetime(),
    /** When the request log first had it; null: nobody knows whether it does. */
    queuedAt: p.datetime().nullable(),
    /** How often the request log got it again. */
    requeues: p.integer(),
    /** When the request log gets it again, should it not be finished by then. */
    dueAt: p.datetime(),
    startedAt: p.datetime().nullable(),
    finishedAt: p.datetime().nullable(),
  },
});

/** A call that its caller does not wait for. */
export class SubmittedCall extends SubmittedCallSchema.class {}
SubmittedCallSchema.setClass(SubmittedCall);

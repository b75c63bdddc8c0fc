import { defineEntity, p } from '@mikro-orm/core';
import type { CallDraft } from './call-draft.js';
import type { CallResult } from './call-types.js';

const CallJournalEntrySchema = defineEntity({
  name: 'CallJournalEntry',
  tableName: 'call_journal',
  properties: {
    /** The id that the call's record gets. */
    id: p.uuid().primary(),
    tenantId: p.text(),
    agentId: p.text().nullable(),
    endpointId: p.uuid(),
    idempotencyKey: p.text().nullable(),
    /** SHA-256 of the arguments, whatever the order of their keys. */
    argumentsDigest: p.text(),
    /** It may be run again: see `isSafeMethod`. */
    isSafe: p.boolean().fieldName('is_safe'),
    /** The process that runs it. */
    owner: p.uuid(),
    /** A running call whose owner did not renew this has died with it. */
    leaseUntil: p.datetime(),
    /** What its record will say, whoever writes it. */
    draft: p.json<CallDraft>().columnType('json'),
    /** Null while it runs. */
    result: p.json<CallResult>().columnType('json').nullable(),
    /** Until when the result answers its idempotency key. */
    expiresAt: p.datetime().nullable(),
  },
});

/** A call that runs, or the kept answer of one that had an idempotency key. */
export class CallJournalEntry extends CallJournalEntrySchema.class {}
CallJournalEntrySchema.setClass(CallJournalEntry);

import { defineEntity, p } from '@mikro-orm/core';
import {
  type CallError,
  type CallOutcome,
  callOutcomes,
  type RequestPreview,
} from './call-types.js';

const CallRecordSchema = defineEntity({
  name: 'CallRecord',
  tableName: 'call_records',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.text(),
    appId: p.text().nullable(),
    /** Null for a test by a person. */
    agentId: p.text().nullable(),
    /** Who the token said it was. */
    subject: p.text().nullable(),
    /** Null for a tool of an MCP server. */
    apiId: p.uuid().nullable(),
    mcpServerId: p.uuid().nullable(),
    /** Of a tool of an MCP server the tool. */
    endpointId: p.uuid(),
    /** The name under which it was called. */
    toolName: p.text(),
    method: p.text(),
    idempotencyKey: p.text().nullable(),
    /** What the caller's token says of where it runs. */
    jobId: p.text().nullable(),
    sandboxId: p.text().nullable(),
    /** Redacted. */
    arguments: p.json<unknown>().columnType('json'),
    /** Redacted. */
    request: p.json<RequestPreview>().columnType('json').nullable(),
    outcome: p.enum(() => callOutcomes).$type<CallOutcome>(),
    status: p.integer().nullable(),
    error: p.json<CallError>().columnType('json').nullable(),
    durationMs: p.integer(),
    attempts: p.integer(),
    startedAt: p.datetime(),
    finishedAt: p.datetime(),
  },
});

/** One call that was made, written when its outcome stood and never altered. */
export class CallRecord extends CallRecordSchema.class {}
CallRecordSchema.setClass(CallRecord);

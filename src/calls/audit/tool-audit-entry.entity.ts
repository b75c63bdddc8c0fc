import { defineEntity, p } from '@mikro-orm/core';

/** `intent`: it is about to run; `outcome`: it ended; `rejection`: it never ran. */
export const auditKinds = ['intent', 'outcome', 'rejection'] as const;
export type AuditKind = (typeof auditKinds)[number];

const ToolAuditEntrySchema = defineEntity({
  name: 'ToolAuditEntry',
  tableName: 'tool_audit',
  properties: {
    id: p.uuid().primary(),
    /** Empty, which is no tenant's name, where nobody was identified. */
    tenantId: p.text(),
    appId: p.text().nullable(),
    agentId: p.text().nullable(),
    /** The user of the session. */
    subject: p.text().nullable(),
    kind: p.enum(() => auditKinds).$type<AuditKind>(),
    /** As it was asked for. */
    toolName: p.text(),
    isPrivileged: p.boolean().fieldName('is_privileged'),
    /** The entry of the request log. */
    entryId: p.text(),
    attempt: p.integer(),
    correlationId: p.text(),
    /** The beginning of the SHA-256 of the trace id, which itself opens a session. */
    traceDigest: p.text().nullable(),
    channel: p.text().nullable(),
    platform: p.text().nullable(),
    /** Of an intent: JSON, redacted and shortened. */
    arguments: p.text().nullable(),
    outcome: p.text().nullable(),
    code: p.text().nullable(),
    detail: p.text().nullable(),
    durationMs: p.integer().nullable(),
    at: p.datetime(),
  },
});

/** One thing that happened to a request of the execution worker, never altered. */
export class ToolAuditEntry extends ToolAuditEntrySchema.class {}
ToolAuditEntrySchema.setClass(ToolAuditEntry);

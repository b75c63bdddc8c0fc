import type { CallRecord } from './call-record.entity.js';

/** What is known of a call before it runs. Arguments and request are redacted. */
export type CallDraft = {
  [Field in
    | 'tenantId'
    | 'appId'
    | 'agentId'
    | 'subject'
    | 'apiId'
    | 'mcpServerId'
    | 'endpointId'
    | 'toolName'
    | 'method'
    | 'idempotencyKey'
    | 'jobId'
    | 'sandboxId'
    | 'arguments'
    | 'request']: Exclude<CallRecord[Field], undefined>;
} & {
  /** ISO 8601. */
  startedAt: string;
};

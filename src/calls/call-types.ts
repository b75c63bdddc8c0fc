import type { ErrorCode } from '../errors.js';
import type { JsonSchema, OperationPlan } from '../openapi/types.js';
import type { McpTransportKind } from '../upstream/mcp/mcp-sessions.js';

export const callOutcomes = ['OK', 'DENIED', 'FAILED', 'TIMEOUT', 'INDETERMINATE'] as const;
export type CallOutcome = (typeof callOutcomes)[number];

/** An endpoint as a call needs it. */
export type CallableEndpoint = {
  id: string;
  tenantId: string;
  apiId: string;
  name: string;
  method: string;
  path: string;
  /** Changes with every change of what the document says of the operation. */
  contractHash: string;
  inputSchema: JsonSchema;
  plan: OperationPlan;
  baseUrl: string;
  /** A person gave `baseUrl`: it wins over the servers of the document. */
  isBaseUrlGiven: boolean;
  /** The API's Security Scheme Objects, by name. */
  securitySchemes: Record<string, Record<string, unknown>>;
};

/** A tool of an MCP server as a call needs it. */
export type CallableMcpTool = {
  id: string;
  tenantId: string;
  serverId: string;
  serverName: string;
  serverUrl: string;
  /** Where this one call goes in place of `serverUrl`. */
  givenUrl?: string;
  transport: McpTransportKind | null;
  timeoutSeconds: number;
  /** The name that lists show. */
  name: string;
  /** What the server calls it. */
  serverToolName: string;
  inputSchema: JsonSchema;
  outputSchema: JsonSchema | null;
  annotations: Record<string, unknown>;
  /** Changes with every change of what the server says of the tool. */
  fingerprint: string;
};

/** An exact HTTP request. Header names as they are sent, each at most once but for `cookie` never repeated. */
export type PlannedRequest = {
  method: string;
  /** Absolute, http or https, with its query. */
  url: string;
  headers: Record<string, string>;
  body: Uint8Array | null;
};

/** What was sent, for people: secrets redacted, the body as text (or what it is, where it is not text). */
export type RequestPreview = {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string | null;
  /** One `curl` command that sends the same. */
  curl: string;
};

/** What came back, or why nothing did. */
export type RunResult = {
  attempts: number;
  durationMs: number;
} & (
  | {
      kind: 'answer';
      status: number;
      /** Lower-case names; repeated headers joined by `, `. */
      headers: Record<string, string>;
      body: Uint8Array;
      /** The body went on; what is beyond the byte or time limit was left out. */
      isTruncated: boolean;
      url: string;
    }
  | {
      kind: 'failure';
      code: Extract<
        ErrorCode,
        'FORBIDDEN' | 'UPSTREAM_FAILED' | 'UPSTREAM_TIMEOUT' | 'LIMIT_EXCEEDED'
      >;
      message: string;
      /** Bytes of the request may have reached the upstream: an unsafe call may have had its effect. */
      mayHaveRun: boolean;
    }
);

export type CallError = { code: string; message: string; details?: Record<string, unknown> };

/** The answer of a call, the same over every transport. */
export type CallResult = {
  callId: string;
  /** What stands behind the tool; absent in answers that were kept before MCP tools could be called. */
  kind?: 'ENDPOINT' | 'MCP';
  outcome: CallOutcome;
  /**
   * Of an endpoint: JSON as it is, text as a string, binary as `{ mediaType, base64 }`, nothing as null. Of an MCP tool:
   * `{ content, structuredContent?, isError, _meta? }` as the server sent it (`McpToolResult`).
   */
  result: unknown;
  error: CallError | null;
  /** HTTP status of the upstream; null when none came. */
  status: number | null;
  durationMs: number;
  request: RequestPreview | null;
  /** The answer of an earlier call with the same idempotency key. */
  replayed: boolean;
};

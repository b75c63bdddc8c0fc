import type { Clock } from '../context.js';
import type { Logger } from '../logger.js';
import type { RememberedTokens } from '../mcp-servers/oauth/remember-tokens.js';
import type { HostLimits } from '../upstream/host-limits.js';
import type { HttpClient } from '../upstream/http-client.js';
import type { McpSessions } from '../upstream/mcp/mcp-sessions.js';
import type { CallCatalog } from './call-catalog.js';
import type { CallJournal } from './call-journal.js';
import type { CallObserver } from './call-observer.js';
import type { CallResult } from './call-types.js';
import type { ArgumentChecker } from './check-arguments.js';
import type { OutputChecker } from './mcp/output-checker.js';
import type { OauthTokens } from './oauth-tokens.js';

export type CallSettings = {
  timeoutMs: number;
  maxBytes: number;
  maxStreamMs: number;
  hostConcurrency: number;
  retentionDays: number;
  leaseMs: number;
};

/** What calls are made with; one for the whole process. */
export type CallParts = {
  catalog: CallCatalog;
  journal: CallJournal;
  checker: ArgumentChecker;
  /** Of tools of MCP servers. */
  outputs: OutputChecker;
  tokens: OauthTokens;
  mcp: { sessions: McpSessions; tokens: RememberedTokens };
  http: HttpClient;
  hosts: HostLimits;
  observer: CallObserver;
  clock: Clock;
  logger: Logger;
  settings: CallSettings;
  /** Calls of this process that have an idempotency key, by that key. */
  running: Map<string, RunningCall>;
};

export type RunningCall = { argumentsDigest: string; result: Promise<CallResult> };

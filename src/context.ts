import type { EntityManager } from '@mikro-orm/postgresql';
import type { AgentViews } from './agents/agent-views.js';
import type { Meanings } from './agents/meanings/meanings.js';
import type { CallParts } from './calls/call-parts.js';
import type { SubmittedParts } from './calls/submitted/submitted-parts.js';
import type { SpecReader } from './catalog/spec-reader.js';
import type { ChangeFeed } from './changes/change-feed.js';
import type { Sealer } from './credentials/sealer.js';
import type { Logger } from './logger.js';
import type { McpParts } from './mcp-servers/mcp-parts.js';
import type { RunStatement } from './storage/sql.js';
import type { DescriptionWriter } from './upstream/description-writer.js';

export const scopes = { read: 'catalog:read', write: 'catalog:write', call: 'tools:call' } as const;
export type Scope = (typeof scopes)[keyof typeof scopes];

/** Who asks. `tenant` bounds everything that a request can see; `app` is where new rows go and a filter of lists. */
export type Actor = {
  tenant: string;
  app: string | null;
  /** Who the token says it is; null for trusted headers. */
  subject: string | null;
  scopes: ReadonlySet<string>;
  /** When the token ends: a connection that outlives it is closed. Null for trusted headers. */
  expiresAt: Date | null;
};

export type Clock = { now(): Date };

/** What one request carries. A verb declares the slice that it needs. */
export type Context = {
  actor: Actor;
  em: EntityManager;
  /** For statements that are run often, each by itself. */
  run: RunStatement;
  clock: Clock;
  logger: Logger;
  requestId: string;
  /** Aborts when the caller goes away. */
  signal: AbortSignal | null;
  /** `traceparent` and `tracestate` of the request (W3C Trace Context), as they came. */
  traceHeaders: Record<string, string>;
  sealer: Sealer;
  specs: SpecReader;
  feed: ChangeFeed;
  /** What agents' tools are read from. */
  views: AgentViews;
  /** What questions and tools mean; null when no model of embeddings is configured. */
  meanings: Meanings | null;
  /** What tools are called with. */
  calls: CallParts;
  /** What calls that nobody waits for are kept with. */
  submitted: SubmittedParts;
  /** What MCP servers are reached with. */
  mcp: McpParts;
  /** Null when no LLM is configured. */
  descriptions: DescriptionWriter | null;
};

import type { Turns } from '../lib/turns.js';
import type { HttpClient } from '../upstream/http-client.js';
import type { McpSessions } from '../upstream/mcp/mcp-sessions.js';
import type { RememberedTokens } from './oauth/remember-tokens.js';

/** What becomes of a suspicious change of a tool: `hold` serves the last approved version until a person releases it. */
export type DriftPolicy = 'hold' | 'serve';

/** What MCP servers are reached with. */
export type McpParts = {
  sessions: McpSessions;
  tokens: RememberedTokens;
  /** Looks at one server, by the key of its session, take turns. */
  turns: Turns;
  /** What authorization servers are asked with. */
  http: Pick<HttpClient, 'send'>;
  /** Seconds between two looks at a server's tools; 0 = only when asked or told. */
  refreshSeconds: number;
  drift: DriftPolicy;
  /** Under which this service is reached by browsers, without a trailing slash; null: no authorization by a person. */
  publicUrl: string | null;
};

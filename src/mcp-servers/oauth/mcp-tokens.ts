/** Names one row of `mcp_servers`. */
export type McpServerKey = { tenant: string; id: string };

export type McpTokenRequest = {
  /** The Authorization value that the server answered with 401 or 403; null before anything was asked. */
  stale: string | null;
  /** That answer's WWW-Authenticate (RFC 9728, section 5.1); null when it had none. */
  challenge: string | null;
  signal: AbortSignal;
};

/** What requests to MCP servers are authorized with. */
export interface McpTokens {
  /**
   * The value of the Authorization header, or null for a server that nothing was stored for and that asked for nothing.
   * Throws NOT_CONFIGURED when a person has to authorize first (the row is NEEDS_REAUTH then, and stays so until tokens
   * change), FORBIDDEN, UPSTREAM_FAILED or UPSTREAM_TIMEOUT when the authorization server cannot be used now, NOT_FOUND
   * for a row that does not exist.
   */
  authorize(server: McpServerKey, request: McpTokenRequest): Promise<string | null>;
}

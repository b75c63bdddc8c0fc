import type { McpServerRow } from '../../mcp-servers/mcp-servers.queries.js';
import type { McpToolDrift, McpToolRow } from '../../mcp-servers/mcp-tools.queries.js';

/** The sealed secrets never leave: only whether they are there. */
export function presentMcpServer(server: McpServerRow) {
  return {
    id: server.id,
    tenant_id: server.tenantId,
    app_id: server.appId,
    name: server.name,
    server_url: server.serverUrl,
    transport: server.transport ?? null,
    client_id: server.clientId ?? null,
    token_url: server.tokenUrl ?? null,
    scope: server.scope ?? null,
    timeout: server.timeoutSeconds,
    upstream_urls: server.upstreamUrls ?? null,
    is_active: server.isActive,
    has_access_token: server.hasAccessToken,
    has_refresh_token: server.hasRefreshToken,
    has_client_secret: server.hasClientSecret,
    token_expires_at: server.tokenExpiresAt?.toISOString() ?? null,
    status: server.status.toLowerCase(),
    status_message: server.statusMessage ?? null,
    problems: server.problems,
    listed_at: server.listedAt?.toISOString() ?? null,
    created_at: server.createdAt.toISOString(),
    updated_at: server.updatedAt.toISOString(),
  };
}

export function presentMcpTool(tool: McpToolRow, drift: McpToolDrift | undefined) {
  return {
    id: tool.id,
    server_id: tool.serverId,
    name: tool.name,
    server_tool_name: tool.serverToolName,
    title: tool.title ?? null,
    description: tool.description ?? null,
    annotations: tool.annotations,
    enabled: tool.enabled,
    input_schema: tool.inputSchema,
    output_schema: tool.outputSchema,
    grade: drift?.grade?.toLowerCase() ?? null,
    reasons: drift?.reasons ?? [],
    held: drift?.held ? presentHeld(drift.held) : null,
  };
}

function presentHeld(held: NonNullable<McpToolDrift['held']>) {
  const { definition, grade, reasons, fingerprint, seenAt } = held;
  return {
    grade: grade.toLowerCase(),
    reasons,
    fingerprint,
    seen_at: seenAt,
    title: definition.title,
    description: definition.description,
    annotations: definition.annotations,
    input_schema: definition.inputSchema,
    output_schema: definition.outputSchema,
  };
}

import type { FastifyRequest } from 'fastify';
import { scopes } from '../../context.js';
import type { McpEndpointSettings } from './mcp-deps.js';

export const metadataPath = '/.well-known/oauth-protected-resource';

/** The path of an agent's endpoint. */
export function endpointPath(agentId: string): string {
  return `/agents/${encodeURIComponent(agentId)}/mcp`;
}

/** RFC 9728, section 2: where a token for this endpoint comes from, and which scopes it may have. */
export function resourceMetadata(
  request: FastifyRequest,
  agentId: string,
  { auth, publicUrl }: McpEndpointSettings,
): Record<string, unknown> {
  return {
    resource: `${baseOf(request, publicUrl)}${endpointPath(agentId)}`,
    ...(auth?.issuer ? { authorization_servers: [auth.issuer] } : {}),
    scopes_supported: [scopes.read, scopes.call],
    bearer_methods_supported: ['header'],
    resource_name: `Tools of the agent ${agentId}`,
  };
}

/**
 * `WWW-Authenticate` of a refused request: RFC 9728, section 5.1, with the reasons of RFC 6750, section 3.1, which are
 * given to those that sent a token only.
 */
export function challenge(
  request: FastifyRequest,
  agentId: string,
  { publicUrl }: McpEndpointSettings,
  missingScope: string | null = null,
): string {
  const parts = [
    `resource_metadata="${baseOf(request, publicUrl)}${metadataPath}${endpointPath(agentId)}"`,
  ];
  if (missingScope !== null) {
    parts.unshift('error="insufficient_scope"', `scope="${missingScope}"`);
  } else if (request.headers.authorization) parts.unshift('error="invalid_token"');
  return `Bearer ${parts.join(', ')}`;
}

function baseOf({ protocol, headers }: FastifyRequest, publicUrl: string | null): string {
  if (publicUrl !== null) return publicUrl.replace(/\/+$/, '');
  const { host = '' } = headers;
  return `${protocol}://${/^[\w.:[\]-]*$/.test(host) ? host : 'localhost'}`;
}

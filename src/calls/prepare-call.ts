import type { Callable } from './call-catalog.js';
import type { CallOrder } from './call-order.js';
import type { CallParts } from './call-parts.js';
import type { Executable } from './executable.js';
import { checkMcpArguments, prepareMcpCall } from './mcp/prepare-mcp-call.js';
import { checkEndpointArguments, prepareEndpointCall } from './prepare-endpoint-call.js';

/**
 * From what was asked for to what will be sent; nothing has run. Throws INVALID_INPUT for arguments that do not fit,
 * NOT_CONFIGURED for a credential or a server that is missing.
 */
export async function prepareCall(parts: CallParts, order: CallOrder): Promise<Executable> {
  const { callable } = order;
  if (callable.kind === 'MCP') return prepareMcpCall(parts, order, callable.tool);
  return prepareEndpointCall(parts, order, callable);
}

/** Throws INVALID_INPUT for arguments that do not fit; nothing else is looked at. */
export function checkArguments(
  parts: Pick<CallParts, 'checker'>,
  order: Pick<CallOrder, 'callable' | 'arguments' | 'idempotencyKey'>,
): void {
  const { callable } = order;
  if (callable.kind === 'MCP') checkMcpArguments(parts, order, callable.tool);
  else checkEndpointArguments(parts, order, callable.endpoint);
}

export type CallSubject = {
  /** Null for a tool of an MCP server. */
  apiId: string | null;
  /** Null for an endpoint of an API. */
  mcpServerId: string | null;
  /** Id of the endpoint, or of the tool that stands where one would. */
  endpointId: string;
  /** Of HTTP, upper case, or of MCP. */
  method: string;
};

/** What a record says of what was called. */
export function subjectOf(callable: Callable): CallSubject {
  if (callable.kind === 'MCP') {
    const { id: endpointId, serverId: mcpServerId } = callable.tool;
    return { apiId: null, mcpServerId, endpointId, method: 'tools/call' };
  }
  const { id: endpointId, apiId, method } = callable.endpoint;
  return { apiId, mcpServerId: null, endpointId, method };
}

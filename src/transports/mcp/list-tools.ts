import { toMcpTool } from '../../agents/export/to-mcp-tool.js';
import { listToolsOfAgents } from '../../agents/list-agent-tools.js';
import { renderAgentTools, type ToolRenderer } from '../../agents/render-agent-tools.js';
import { AppError } from '../../errors.js';
import type { Exchange } from './exchange.js';

import { RpcError, rpcCodes } from './rpc-message.js';

/** Tools of one page. */
const pageSize = 200;
const maxLocalTools = 1000;

const renderer: ToolRenderer = {
  name: 'mcp',
  tool: (tool) => JSON.stringify(toMcpTool(tool)),
  mcpTool: (tool) => JSON.stringify(toMcpTool(tool)),
  list: (_agentId, _revision, tools) => tools.join(),
};

/** The members of a ListToolsResult as JSON text, without the braces around them. */
export async function listTools(
  { ctx, agentId, withLocal }: Exchange,
  params: Record<string, unknown>,
): Promise<Buffer[]> {
  const { cursor = null } = params;
  if (cursor !== null && typeof cursor !== 'string') throw invalidCursor('expected a string.');
  const input = { agentId, first: pageSize, after: cursor };
  const page = await renderAgentTools(ctx, input, renderer).catch((error: unknown) => {
    const isOfCursor =
      error instanceof AppError && error.details.issues?.some(({ path }) => path[0] === 'after');
    throw isOfCursor ? invalidCursor('is not a cursor of this list.') : error;
  });
  const local = withLocal && page.next === null ? await localTools({ ctx, agentId }) : '';
  const comma = local !== '' && page.bytes.length > 0 ? ',' : '';
  const next = page.next === null ? '' : `,"nextCursor":${JSON.stringify(page.next)}`;
  return [Buffer.from('"tools":['), page.bytes, Buffer.from(`${comma}${local}]${next}`)];
}

async function localTools({ ctx, agentId }: Pick<Exchange, 'ctx' | 'agentId'>): Promise<string> {
  const found = await listToolsOfAgents(ctx, {
    agentIds: [agentId],
    kind: 'LOCAL',
    first: maxLocalTools,
  });
  return (found.get(agentId)?.items ?? []).map((tool) => JSON.stringify(toMcpTool(tool))).join();
}

function invalidCursor(expected: string): RpcError {
  return new RpcError(rpcCodes.invalidParams, `/cursor: ${expected}`);
}

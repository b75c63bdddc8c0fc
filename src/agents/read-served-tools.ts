import type { Reads } from '../catalog/catalog.queries.js';
import { type McpToolRow, mcpToolsByIds } from '../mcp-servers/mcp-tools.queries.js';
import type { EffectiveTool } from './effective-tools.js';
import { type AgentEndpointTool, readEndpointTools } from './read-endpoint-tools.js';

/** A tool of an MCP server in an agent's view: `name` is the tool's name there. */
export type AgentMcpTool = McpToolRow;

/** A tool of an agent's view that is called here. */
export type AgentServedTool = AgentEndpointTool | AgentMcpTool;

/** All that there is to tools of views, by id. They are named as their sources name them: see `inView`. */
export async function readServedTools(
  ctx: Reads,
  tools: Iterable<Pick<EffectiveTool, 'id' | 'kind'>>,
): Promise<Map<string, AgentServedTool>> {
  const ids = { ENDPOINT: new Set<string>(), MCP: new Set<string>() };
  for (const { id, kind } of tools) ids[kind].add(id);
  const endpoints = await readEndpointTools(ctx, [...ids.ENDPOINT]);
  if (ids.MCP.size === 0) return endpoints;
  const mcpTools = await mcpToolsByIds(ctx, [...ids.MCP]);
  return new Map<string, AgentServedTool>([...endpoints, ...mcpTools]);
}

/** The tools of a view in its order, under the names that they have there. */
export function inView<Tool extends { id: string; name: string }>(
  view: readonly { id: string; name: string }[],
  tools: ReadonlyMap<string, Tool>,
): Tool[] {
  return view.flatMap(({ id, name }) => {
    const tool = tools.get(id);
    return tool ? [{ ...tool, name }] : [];
  });
}

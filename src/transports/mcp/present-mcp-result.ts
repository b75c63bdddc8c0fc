import type { CallResult } from '../../calls/call-types.js';
import type { McpToolResult } from '../../calls/mcp/mcp-tool-result.js';
import { isObject } from '../../openapi/plain-objects.js';
import { presentFailure, type ToolResult, text } from './present-result.js';

/** What a tool of an MCP server answered, as the server said it. */
export function presentMcpResult(
  call: CallResult,
  { hasOutputSchema }: { hasOutputSchema: boolean },
): ToolResult {
  const { result, outcome, error } = call;
  if (!isToolResult(result)) return presentFailure(call);
  const { content, structuredContent, isError, _meta } = result;
  const meta = _meta === undefined ? {} : { _meta };
  const structured = structuredContent === undefined ? {} : { structuredContent };
  if (outcome === 'OK') {
    // Clients take an answer without what its schema promises for a failure that hides the rest.
    const isCut = hasOutputSchema && structuredContent === undefined;
    return { content, ...structured, ...(isCut ? { isError: true } : {}), ...meta };
  }
  // An error of the tool's own has said what it is.
  const note = isError || !error ? [] : [text(error.message)];
  return { content: [...note, ...content], ...structured, isError: true, ...meta };
}

function isToolResult(result: unknown): result is McpToolResult {
  return isObject(result) && Array.isArray(result.content);
}

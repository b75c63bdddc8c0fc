import { AppError } from '../../errors.js';
import type { Exchange, Exchanges } from './mcp-exchange.js';
import { toParamHeaders } from './mcp-param-headers.js';
import type { McpCall, McpCallResult, McpContent } from './mcp-sessions.js';
import type { McpSession } from './open-mcp-session.js';
import { sendRequest } from './send-request.js';

export type CallToolOptions = { exchanges: Exchanges; exchange: Exchange; signal: AbortSignal };

const logLevelKey = 'io.modelcontextprotocol/logLevel';

/** One `tools/call`. What a tool's output schema says is not looked at. */
export async function callTool(
  session: McpSession,
  call: McpCall,
  options: CallToolOptions,
): Promise<McpCallResult> {
  const { name, onProgress, onLog, maxBytes } = call;
  const host = new URL(session.link.target.url).hostname;
  const paramHeaders = session.paramHeaders.get(name);
  const params = {
    name,
    arguments: call.arguments,
    ...(session.isModern && onLog && { _meta: { [logLevelKey]: 'debug' } }),
  };
  const result = await sendRequest(
    session,
    { method: 'tools/call', params },
    {
      ...options,
      onProgress,
      ...(paramHeaders && { headers: toParamHeaders(paramHeaders, call.arguments) }),
    },
  );
  if (session.transport === 'SSE') refuseTooLarge(result, host, maxBytes);
  return toCallResult(result, host);
}

function toCallResult(result: Record<string, unknown>, host: string): McpCallResult {
  const { content = [], structuredContent, isError, _meta: meta } = result;
  if (!Array.isArray(content) || !content.every(isContent)) {
    const message = `"${host}" answered with content that is no list of content blocks.`;
    throw new AppError('UPSTREAM_FAILED', message, { host, mayHaveRun: true });
  }
  return {
    content,
    ...(structuredContent !== undefined && { structuredContent }),
    isError: isError === true,
    ...(isObject(meta) && Object.keys(meta).length > 0 && { meta }),
  };
}

/** All answers of the older transport share one stream, so that each is measured when it is there. */
function refuseTooLarge(result: unknown, host: string, maxBytes: number): void {
  if (Buffer.byteLength(JSON.stringify(result)) <= maxBytes) return;
  const message = `The answer of "${host}" is larger than the limit of ${maxBytes} bytes.`;
  throw new AppError('LIMIT_EXCEEDED', message, { host, maxBytes, mayHaveRun: true });
}

function isContent(block: unknown): block is McpContent {
  return isObject(block) && typeof block.type === 'string';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

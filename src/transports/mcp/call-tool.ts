import { isOutputSchema } from '../../agents/export/to-mcp-tool.js';
import { findOutputSchema } from '../../agents/find-output-schema.js';
import { callTool as call } from '../../calls/call-tool.js';
import { compileSchema } from '../../calls/check/compile-schema.js';
import { explainErrors } from '../../calls/check/explain-errors.js';
import { AppError } from '../../errors.js';
import { isObject } from '../../openapi/plain-objects.js';
import type { JsonSchema } from '../../openapi/types.js';
import type { McpLogMessage, McpProgress } from '../../upstream/mcp/mcp-sessions.js';
import { errorTable } from '../error-table.js';
import type { Exchange } from './exchange.js';
import { presentMcpResult } from './present-mcp-result.js';
import { presentRefusal, presentResult, type ToolResult } from './present-result.js';
import { RpcError, rpcCodes } from './rpc-message.js';

/** In `_meta` of a call: equal calls under one key are made once. */
export const idempotencyMetaKey = 'toolgraph/idempotencyKey';

export type CallListening = {
  /** Aborts the call. */
  signal: AbortSignal;
  onProgress: ((progress: McpProgress) => void) | undefined;
  onLog: ((message: McpLogMessage) => void) | undefined;
};

/**
 * Runs a tool. Failures of the tool and arguments that do not fit are results; throws RpcError for a tool that the agent
 * does not have and for parameters that are none, and AppError where the caller may not call at all.
 */
export async function callTool(
  { ctx, agentId }: Exchange,
  params: Record<string, unknown>,
  { signal, onProgress, onLog }: CallListening,
): Promise<ToolResult> {
  const { name, arguments: args, _meta: meta } = params;
  if (typeof name !== 'string')
    throw new RpcError(rpcCodes.invalidParams, '/name: expected a string.');
  if (args !== undefined && !isObject(args)) {
    throw new RpcError(rpcCodes.invalidParams, '/arguments: expected an object.');
  }
  const { actor, calls, traceHeaders } = ctx;
  const input = { agentId, name, arguments: args, idempotencyKey: idempotencyKeyOf(meta) };
  try {
    const result = await call({ actor, calls, signal, traceHeaders }, input, { onProgress, onLog });
    const schema = await findOutputSchema(ctx, { agentId, name });
    const check = isOutputSchema(schema) ? checkerOf(schema) : null;
    return result.kind === 'MCP'
      ? presentMcpResult(result, { hasOutputSchema: check !== null })
      : presentResult(result, { findMismatch: check });
  } catch (error) {
    if (!(error instanceof AppError) || errorTable[error.code].mcp === 'protocol') throw error;
    if (isUnknownTool(error)) throw new RpcError(rpcCodes.invalidParams, error.message);
    return presentRefusal(error);
  }
}

function idempotencyKeyOf(meta: unknown): string | null {
  const key = isObject(meta) ? meta[idempotencyMetaKey] : undefined;
  if (key === undefined || key === null) return null;
  if (typeof key === 'string') return key;
  throw new RpcError(rpcCodes.invalidParams, `/_meta/${idempotencyMetaKey}: expected a string.`);
}

/** Not found by its name; a name that no tool can have is none either. */
function isUnknownTool({ code, details }: AppError): boolean {
  if (code === 'NOT_FOUND') return typeof details.name === 'string';
  const [issue] = details.issues ?? [];
  return code === 'INVALID_INPUT' && issue?.path[0] === 'name' && issue.code !== 'local_tool';
}

type Checker = (value: unknown) => string | null;
const checkers = new WeakMap<JsonSchema, Checker>();

/** Views are shared: as long as a schema is remembered, it is compiled once. */
function checkerOf(schema: JsonSchema): Checker {
  const known = checkers.get(schema);
  if (known) return known;
  const { isValid, findErrors, root } = compileSchema(schema);
  const checker: Checker = (value) => {
    if (isValid(value)) return null;
    const issues = explainErrors(findErrors(value), root);
    const sentences = issues.map(({ message }) => message).join(' ');
    return sentences.replaceAll('The arguments', 'The answer');
  };
  checkers.set(schema, checker);
  return checker;
}

import { toGivenTarget, toTarget } from '../../mcp-servers/mcp-server-target.js';
import type { CallOrder } from '../call-order.js';
import type { CallParts } from '../call-parts.js';
import type { CallableMcpTool } from '../call-types.js';
import type { Executable } from '../executable.js';
import { inArguments } from '../in-arguments.js';
import { redact } from '../redact.js';
import { secretArguments } from '../secret-arguments.js';
import { toRecordable } from '../to-recordable.js';
import { classifyMcpRun } from './classify-mcp-run.js';
import { previewToolCall } from './preview-tool-call.js';
import { type McpRunPolicy, runMcpTool } from './run-mcp-tool.js';

const maxAttempts = 3;
/** An answer that is larger than what is kept of it can still be cut to that; one beyond this is not read to its end. */
const readFactor = 4;

/**
 * A `tools/call` that is ready to be sent. What its server says of the tool's effects counts: with `readOnlyHint` a
 * call without an answer leaves nothing behind, with that or `idempotentHint` it may be sent again.
 * Throws INVALID_INPUT for arguments that do not fit.
 */
export async function prepareMcpCall(
  parts: CallParts,
  order: CallOrder,
  tool: CallableMcpTool,
): Promise<Executable> {
  const args = checkMcpArguments(parts, order, tool);
  const server = { tenant: tool.tenantId, id: tool.serverId };
  const secretsOf = () => parts.mcp.tokens.secretsOf(server);
  const isSafe = tool.annotations.readOnlyHint === true;
  const hidden = [...secretsOf(), ...secretArguments(tool.inputSchema, args)];
  const preview = previewToolCall(tool, args, hidden);
  return {
    isSafe,
    preview,
    recordedArguments: toRecordable(redact(order.arguments ?? {}, hidden)),
    run: async () => {
      const run = await runMcpTool(
        { ...parts.mcp, hosts: parts.hosts, clock: parts.clock },
        { target: targetOf(tool, parts), name: tool.serverToolName, args },
        toPolicy(parts, tool, isSafe),
        { ...order.listeners, signal: order.signal },
      );
      const { durationMs, attempts } = run;
      const { maxBytes } = parts.settings;
      const told = classifyMcpRun(run, {
        ...{ tool, isSafe, maxBytes, secrets: secretsOf(), outputs: parts.outputs },
      });
      return { ...told, durationMs, attempts, preview };
    },
  };
}

/** The arguments as they are sent. Throws INVALID_INPUT for those that do not fit. */
export function checkMcpArguments(
  { checker }: Pick<CallParts, 'checker'>,
  order: Pick<CallOrder, 'arguments'>,
  { id, fingerprint: contractHash, inputSchema, name }: CallableMcpTool,
): Record<string, unknown> {
  const subject = { id, contractHash, inputSchema, name, isForeign: true };
  return inArguments(() => checker.check(subject, order.arguments));
}

function toPolicy(
  { settings }: Pick<CallParts, 'settings'>,
  { timeoutSeconds, annotations }: CallableMcpTool,
  isSafe: boolean,
): McpRunPolicy {
  const mayRepeat = isSafe || annotations.idempotentHint === true;
  return {
    timeoutMs: Math.min(settings.timeoutMs, timeoutSeconds * 1000),
    maxBytes: settings.maxBytes * readFactor,
    maxAttempts: mayRepeat ? maxAttempts : 1,
  };
}

function targetOf(tool: CallableMcpTool, { mcp }: Pick<CallParts, 'mcp'>) {
  const server = serverOf(tool);
  return tool.givenUrl === undefined
    ? toTarget(server, mcp.tokens)
    : toGivenTarget(server, tool.givenUrl, mcp.tokens);
}

function serverOf({ serverId, tenantId, serverUrl, transport, timeoutSeconds }: CallableMcpTool) {
  return { id: serverId, tenantId, serverUrl, transport, timeoutSeconds };
}

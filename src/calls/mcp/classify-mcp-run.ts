import type { CallableMcpTool, CallError } from '../call-types.js';
import { type Classified, classifyFailure } from '../classify-outcome.js';
import { isDeeper } from '../in-arguments.js';
import { redactValues } from '../redact.js';
import { toToolResult } from './mcp-tool-result.js';
import type { OutputChecker } from './output-checker.js';
import type { McpRun } from './run-mcp-tool.js';

export type ClassifyMcpInput = {
  tool: Pick<CallableMcpTool, 'id' | 'fingerprint' | 'outputSchema'>;
  /** A call without an answer leaves nothing behind. */
  isSafe: boolean;
  /** Of the result as JSON. */
  maxBytes: number;
  /** All texts that nobody may read. */
  secrets: readonly string[];
  outputs: OutputChecker;
};

type Answer = Extract<McpRun, { kind: 'answer' }>['answer'];

const maxDepth = 200;
const maxMessageLength = 500;

/**
 * What a call of an MCP tool came to:
 * - a result is OK; with `isError` it is FAILED, and its content says why;
 * - a result whose structured content does not fit the output schema is FAILED and kept: the specification has clients
 *   check it, and whoever relies on the schema must not be handed something else as a success;
 * - without a result as `classifyOutcome` has it; an answer that is an error, of HTTP or of JSON-RPC, is FAILED.
 */
export function classifyMcpRun(run: McpRun, input: ClassifyMcpInput): Classified {
  const { isSafe, secrets } = input;
  if (run.kind === 'failure') {
    const told = classifyFailure(run, isSafe);
    return {
      ...told,
      status: run.status,
      error: told.error && withoutSecrets(told.error, secrets),
    };
  }
  const { answer } = run;
  if (isDeeper(answer, maxDepth)) {
    const message = `The tool's answer is nested deeper than ${maxDepth} levels: it cannot be passed on.`;
    return { ...failed({ code: 'UPSTREAM_FAILED', message }), result: null };
  }
  const error = errorOf(answer, input);
  const result = redactValues(toToolResult(answer, input.maxBytes), secrets);
  if (!error) return { outcome: 'OK', result, error: null, status: null };
  return { ...failed(withoutSecrets(error, secrets)), result };
}

function failed(error: CallError): Omit<Classified, 'result'> {
  return { outcome: 'FAILED', error, status: null };
}

function errorOf(answer: Answer, { tool, isSafe, outputs }: ClassifyMcpInput): CallError | null {
  if (answer.isError) {
    const text = answer.content.find(({ type }) => type === 'text')?.text;
    const said = typeof text === 'string' && text.trim() !== '' ? `: ${shorten(text)}` : '.';
    return { code: 'UPSTREAM_FAILED', message: `The tool answered with an error${said}` };
  }
  const { id, fingerprint, outputSchema } = tool;
  if (!outputSchema) return null;
  const ran = isSafe ? '' : ' The tool ran: look before calling it again.';
  if (answer.structuredContent === undefined) {
    const message = `The answer has no structured content, which the tool's output schema promises.${ran}`;
    return { code: 'UPSTREAM_FAILED', message };
  }
  const issues = outputs.findIssues({ id, fingerprint, outputSchema }, answer.structuredContent);
  if (issues.length === 0) return null;
  const sentences = issues.map(({ message }) => message).join(' ');
  return {
    code: 'UPSTREAM_FAILED',
    message: `The structured content of the answer does not fit the tool's output schema. ${sentences}${ran}`,
    details: { issues },
  };
}

function withoutSecrets(error: CallError, secrets: readonly string[]): CallError {
  return secrets.length === 0 ? error : (redactValues(error, secrets) as CallError);
}

function shorten(text: string): string {
  const line = text.trim();
  return line.length > maxMessageLength ? `${line.slice(0, maxMessageLength)}…` : line;
}

import { isBinaryAnswer } from '../../calls/binary-answer.js';
import type { CallResult } from '../../calls/call-types.js';
import type { AppError } from '../../errors.js';
import { isObject } from '../../openapi/plain-objects.js';

/** CallToolResult of the MCP schema. */
export type ToolResult = Record<string, unknown> & { content: unknown[] };

/** Where a call is told apart from others: `callId` finds its record. */
const callIdKey = 'toolgraph/callId';

/** What was called, as far as its answer depends on it. */
export type ResultRules = {
  /** What is wrong with structured content by the tool's output schema; null: it fits, or there is no such schema. */
  findMismatch: ((value: unknown) => string | null) | null;
};

/** What an endpoint answered, as an MCP client reads it. */
export function presentResult(call: CallResult, { findMismatch }: ResultRules): ToolResult {
  const meta = metaOf(call);
  if (call.outcome !== 'OK') return presentFailure(call);
  const content = contentOf(call);
  const structured = isObject(call.result) && content[0]?.type === 'text' ? call.result : null;
  if (findMismatch === null) {
    return { content, ...(structured ? { structuredContent: structured } : {}), ...meta };
  }
  const mismatch = findMismatch(structured ?? (call.result === null ? {} : call.result));
  if (mismatch === null) return { content, structuredContent: structured ?? {}, ...meta };
  // Clients take structured content that does not fit, or is missing, for a failure that hides the answer.
  const note = `The call succeeded with status ${call.status}: do not repeat it. But its answer does not fit the output schema of the tool: ${mismatch} The answer follows as it is.`;
  return { content: [text(note), ...content], isError: true, ...meta };
}

/** Why a call came to nothing, with what was answered. */
export function presentFailure(call: CallResult): ToolResult {
  return { content: [text(explain(call))], isError: true, ...metaOf(call) };
}

type Content = Record<string, unknown> & { type: string };

function contentOf({ result, status, callId }: CallResult): Content[] {
  if (result === null) return [text(`The upstream answered with ${status} and no body.`)];
  if (typeof result === 'string') return [text(result)];
  if (!isBinaryAnswer(result)) return [text(JSON.stringify(result))];
  const { mediaType: mimeType, base64: data } = result;
  if (mimeType.startsWith('image/')) return [{ type: 'image', data, mimeType }];
  if (mimeType.startsWith('audio/')) return [{ type: 'audio', data, mimeType }];
  const uri = `toolgraph://calls/${callId}`;
  return [{ type: 'resource', resource: { uri, mimeType, blob: data } }];
}

const advice: Record<string, string> = {
  DENIED: 'Nothing was sent.',
  FAILED: '',
  TIMEOUT: 'It may be called again.',
  INDETERMINATE: '',
};

function explain({ outcome, error, result }: CallResult): string {
  const sentence = error?.message ?? 'The call failed.';
  const lines = [[sentence, advice[outcome]].filter(Boolean).join(' ')];
  const retryAfter = error?.details?.retryAfter;
  if (retryAfter !== undefined) lines.push(`Retry-After: ${String(retryAfter)}`);
  if (result !== null) {
    const body = typeof result === 'string' ? result : JSON.stringify(result);
    lines.push(`The body of the answer:\n${body}`);
  }
  return lines.join('\n');
}

function metaOf({ callId, outcome, status, replayed }: CallResult) {
  return {
    _meta: {
      [callIdKey]: callId,
      'toolgraph/outcome': outcome,
      ...(status === null ? {} : { 'toolgraph/status': status }),
      ...(replayed ? { 'toolgraph/replayed': true } : {}),
    },
  };
}

/** A call that did not begin, as a result that a model can act on (SEP-1303). */
export function presentRefusal({ message, code }: AppError): ToolResult {
  return { content: [text(message)], isError: true, _meta: { 'toolgraph/error': code } };
}

export function text(words: string): Content {
  return { type: 'text', text: words };
}

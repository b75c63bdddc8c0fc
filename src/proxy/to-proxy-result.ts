import type { CallResult } from '../calls/call-types.js';
import { isObject } from '../openapi/plain-objects.js';
import { withoutForgedFiles } from './without-forged-files.js';

/** An answer of the proxy: `status` is that of HTTP. */
export type ProxyResult = {
  status: number;
  result: unknown;
  /** Null: it went well. */
  error: string | null;
  /** What an MCP tool said, block by block; absent for others. */
  content?: unknown[];
};

const failed = 502;
const maxBodyLength = 1000;

/**
 * What a call came to as clients of the proxy read it: the value itself, or 502 with a sentence. An answer of an MCP
 * tool that is an error is kept beside the sentence, with status 200.
 */
export function toProxyResult(call: CallResult): ProxyResult {
  return call.kind === 'MCP' ? ofMcpTool(call) : ofEndpoint(call);
}

function ofEndpoint({ outcome, result, error, status }: CallResult): ProxyResult {
  if (outcome === 'OK') return { status: 200, result: withoutForgedFiles(result), error: null };
  // That there is nothing is an answer.
  if (status === 404 && saysNoRecords(result)) {
    return { status: 200, result: { records: [] }, error: null };
  }
  const body = result === null || result === undefined ? '' : ` ${shorten(result)}`;
  const sentence = `Upstream API error: ${error?.message ?? 'The call failed.'}${body}`;
  return { status: failed, result: null, error: sentence };
}

function ofMcpTool({ outcome, result, error }: CallResult): ProxyResult {
  const sentence = error?.message ?? 'The call failed.';
  if (!isToolResult(result)) {
    return { status: failed, result: null, error: `MCP error: ${sentence}` };
  }
  const value = withoutForgedFiles(toValue(result));
  const { content } = result;
  return { status: 200, result: value, error: outcome === 'OK' ? null : sentence, content };
}

type ToolResult = { content: unknown[]; structuredContent?: unknown; isError?: unknown };

function isToolResult(result: unknown): result is ToolResult {
  return isObject(result) && Array.isArray(result.content);
}

/** One text is its JSON, or itself; one picture or sound is itself; else the list of what was said. */
function toValue({ content, structuredContent, isError }: ToolResult): unknown {
  const [only, ...others] = content;
  if (isObject(only) && others.length === 0) {
    if (only.type === 'text' && typeof only.text === 'string') return parseText(only.text);
    if (only.type === 'image' || only.type === 'audio') {
      return { type: only.type, data: only.data, mimeType: only.mimeType };
    }
  }
  if (content.length === 0 && structuredContent !== undefined) return structuredContent;
  return { content, isError: isError === true };
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function saysNoRecords(body: unknown): boolean {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return /\bno (?:\w+ ){0,2}records? (?:(?:were|was) )?found\b/i.test(
    (text ?? '').slice(0, 10_000),
  );
}

function shorten(body: unknown): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return text.length > maxBodyLength
    ? `${text.slice(0, maxBodyLength).toWellFormed()}…`
    : text.toWellFormed();
}

import type { McpCallResult, McpContent } from '../../upstream/mcp/mcp-sessions.js';

/** What an agent reads of the answer of an MCP tool, as the specification has it ("Tool Result"). */
export type McpToolResult = {
  /** In their order, as the server sent them: text, image, audio, resource, resource_link, and kinds that are not known. */
  content: McpContent[];
  /** Absent where there is none, and where it was cut off. */
  structuredContent?: unknown;
  isError: boolean;
  _meta?: Record<string, unknown>;
  /** The answer was larger than what is kept: `note` says how much is missing. */
  truncated?: true;
  note?: string;
};

/** An answer within `maxBytes` of JSON: one that is larger loses its last parts, and says so. */
export function toToolResult(answer: McpCallResult, maxBytes: number): McpToolResult {
  const { content, structuredContent, isError, meta } = answer;
  const whole: McpToolResult = {
    content,
    ...(structuredContent !== undefined && { structuredContent }),
    isError,
    ...(meta !== undefined && { _meta: meta }),
  };
  const size = sizeOf(whole);
  return size <= maxBytes ? whole : truncate(answer, size, maxBytes);
}

/** What is most needed first: the blocks in their order, then what is structured, which mostly says the same. */
function truncate(
  { content, structuredContent, isError }: McpCallResult,
  size: number,
  maxBytes: number,
): McpToolResult {
  let left = maxBytes;
  const kept: McpContent[] = [];
  for (const block of content) {
    const fitting = sizeOf(block) <= left ? block : shorten(block, left);
    if (!fitting) break;
    kept.push(fitting);
    left -= sizeOf(fitting);
    if (fitting !== block) break;
  }
  const isWhole =
    kept.length === content.length && kept.every((block, at) => block === content[at]);
  const hasStructure =
    isWhole && structuredContent !== undefined && sizeOf(structuredContent) <= left;
  const note = `The answer had ${size} bytes. Only its beginning is here: ask for less, such as a smaller page.`;
  return {
    content: [...kept, { type: 'text', text: note }],
    ...(hasStructure && { structuredContent }),
    isError,
    truncated: true,
    note,
  };
}

/** A text by its beginning; null for what has no use in part. */
function shorten(block: McpContent, maxBytes: number): McpContent | null {
  if (block.type !== 'text' || typeof block.text !== 'string') return null;
  const room = maxBytes - sizeOf({ ...block, text: '' });
  if (room < 1) return null;
  // Escapes in JSON and characters beyond ASCII take several bytes each.
  const ratio = block.text.length / Math.max(1, sizeOf(block.text) - 2);
  let text = block.text.slice(0, Math.floor(room * ratio));
  while (text !== '' && sizeOf(text) - 2 > room)
    text = text.slice(0, Math.floor(text.length * 0.9));
  return text === '' ? null : { ...block, text: text.toWellFormed() };
}

/** Bytes of JSON. */
function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? '');
}

import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/client';
import { AppError } from '../../errors.js';
import type { Exchange, Exchanges } from './mcp-exchange.js';
import { readParamHeaders } from './mcp-param-headers.js';
import type { McpSkippedTool, McpToolDefinition, McpToolList } from './mcp-sessions.js';
import type { McpSession } from './open-mcp-session.js';
import { sendRequest } from './send-request.js';
import { toToolDefinition } from './to-tool-definition.js';

export const maxListBytes = 64 * 1024 ** 2;

const maxPages = 1_000;
const maxTools = 20_000;

export type ListToolsOptions = { exchanges: Exchanges; exchange: Exchange; signal: AbortSignal };

/**
 * All pages of `tools/list`. A list that changes between its pages may name a tool twice: the last definition counts, in the
 * place of the first. A server without the method has no tools.
 * Throws LIMIT_EXCEEDED beyond 1,000 pages or 20,000 tools, UPSTREAM_FAILED where a cursor comes twice or a page is none.
 */
export async function listTools(
  session: McpSession,
  options: ListToolsOptions,
): Promise<McpToolList> {
  const tools = new Map<string, McpToolDefinition>();
  const skipped: McpSkippedTool[] = [];
  const cursors = new Set<string>();
  const host = new URL(session.link.target.url).hostname;
  let cursor: string | null = null;
  session.paramHeaders.clear();
  do {
    const page: Page = await readPage(session, cursor, host, options);
    for (const entry of page.entries) take(entry, session, tools, skipped);
    if (tools.size + skipped.length > maxTools) throw tooMany(host, `${maxTools} tools`);
    cursor = page.next;
    if (cursor !== null && cursors.has(cursor)) throw loops(host);
    if (cursor !== null) cursors.add(cursor);
    if (cursors.size >= maxPages) throw tooMany(host, `${maxPages} pages of tools`);
  } while (cursor !== null);
  return { tools: [...tools.values()], skipped, transport: session.transport };
}

type Page = { entries: unknown[]; next: string | null };

async function readPage(
  session: McpSession,
  cursor: string | null,
  host: string,
  options: ListToolsOptions,
): Promise<Page> {
  const params = cursor === null ? {} : { cursor };
  try {
    const { tools, nextCursor } = await sendRequest(
      session,
      { method: 'tools/list', params },
      options,
    );
    if (!Array.isArray(tools)) throw notAList(host);
    const isLast = typeof nextCursor !== 'string' || nextCursor === '';
    return { entries: tools, next: isLast ? null : nextCursor };
  } catch (error) {
    const isUnknown =
      error instanceof ProtocolError && error.code === ProtocolErrorCode.MethodNotFound;
    if (isUnknown && cursor === null) return { entries: [], next: null };
    throw error;
  }
}

function take(
  entry: unknown,
  session: McpSession,
  tools: Map<string, McpToolDefinition>,
  skipped: McpSkippedTool[],
): void {
  const read = toToolDefinition(entry);
  if ('skipped' in read) {
    skipped.push(read.skipped);
    return;
  }
  if (session.isModern) {
    const { headers, problem } = readParamHeaders(read.inputSchema);
    if (problem !== null) {
      skipped.push({ name: read.name, reason: problem });
      return;
    }
    if (headers.length > 0) session.paramHeaders.set(read.name, headers);
  }
  tools.set(read.name, read);
}

function notAList(host: string): AppError {
  return new AppError(
    'UPSTREAM_FAILED',
    `"${host}" answered with a page of tools that is no list.`,
    {
      host,
    },
  );
}

function loops(host: string): AppError {
  const message = `"${host}" gave the same cursor twice, so that its list of tools would never end.`;
  return new AppError('UPSTREAM_FAILED', message, { host });
}

function tooMany(host: string, what: string): AppError {
  return new AppError('LIMIT_EXCEEDED', `"${host}" lists more than ${what}.`, { host });
}

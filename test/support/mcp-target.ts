import { pino } from 'pino';
import { createHttpClient } from '../../src/upstream/create-http-client.js';
import {
  createMcpSessions,
  type McpSessionsOptions,
} from '../../src/upstream/mcp/create-mcp-sessions.js';
import type { McpCall, McpSessions, McpTarget } from '../../src/upstream/mcp/mcp-sessions.js';

/** Sessions of their own with an HTTP client of their own, which reaches 127.0.0.1 unless told otherwise. */
export function openTestSessions({
  allow = ['127.0.0.1'],
  ...options
}: Partial<McpSessionsOptions> & { allow?: string[] } = {}): McpSessions {
  const http = createHttpClient({ allow });
  const sessions = createMcpSessions({ http, logger: pino({ level: 'silent' }), ...options });
  return {
    ...sessions,
    [Symbol.asyncDispose]: async () => {
      await sessions[Symbol.asyncDispose]();
      await http[Symbol.asyncDispose]();
    },
  };
}

export function aTarget(url: string, more: Partial<McpTarget> = {}): McpTarget {
  return {
    key: url,
    url,
    transport: null,
    timeoutMs: 5_000,
    authorize: async () => null,
    ...more,
  };
}

export function aCall(more: Partial<McpCall> = {}): McpCall {
  return { name: 'echo', arguments: {}, maxBytes: 1_000_000, timeoutMs: 5_000, ...more };
}

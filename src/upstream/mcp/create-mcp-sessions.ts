import { AppError } from '../../errors.js';
import type { Logger } from '../../logger.js';
import type { HttpClient } from '../http-client.js';
import type { McpSessions } from './mcp-sessions.js';

/** Sessions with MCP servers; every byte goes through the egress guard. */
export function createMcpSessions(_options: { http: HttpClient; logger: Logger }): McpSessions {
  const refuse = (): Promise<never> =>
    Promise.reject(new AppError('NOT_CONFIGURED', 'MCP servers cannot be reached yet.'));
  return {
    listTools: refuse,
    callTool: refuse,
    onToolsChanged: () => ({ [Symbol.dispose]: () => {} }),
    drop: () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}

import { defineEntity, p } from '@mikro-orm/core';
import type { McpTransportKind } from '../upstream/mcp/mcp-sessions.js';
import type { ToolProblem } from './tool-snapshot.js';

/** READY: its last listing succeeded. NEEDS_REAUTH: a person has to give new tokens. DISABLED: switched off by a person. */
export const mcpServerStatuses = [
  'UNKNOWN',
  'READY',
  'UNREACHABLE',
  'NEEDS_REAUTH',
  'DISABLED',
] as const;
export type McpServerStatus = (typeof mcpServerStatuses)[number];

const McpServerSchema = defineEntity({
  name: 'McpServer',
  tableName: 'mcp_servers',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.text(),
    appId: p.text(),
    name: p.text(),
    serverUrl: p.text(),
    /** What it was found to speak. */
    transport: p.text().$type<McpTransportKind>().nullable(),
    /** Fernet tokens. */
    accessToken: p.json<string>().nullable(),
    refreshToken: p.json<string>().nullable(),
    clientId: p.text().nullable(),
    clientSecret: p.json<string>().nullable(),
    tokenUrl: p.text().nullable(),
    scope: p.text().nullable(),
    /** Discovered metadata and the registered client, without secrets. */
    oauth: p.json<Record<string, unknown>>().columnType('json').nullable(),
    tokenExpiresAt: p.datetime().nullable(),
    /** Grows with every token that is stored. */
    tokenVersion: p.bigint('string').default('0'),
    refreshLeaseUntil: p.datetime().nullable(),
    refreshLeaseOwner: p.uuid().nullable(),
    timeoutSeconds: p.integer(),
    /** Templates of URLs that one call may be sent to in place of `serverUrl`; null: none may. */
    upstreamUrls: p.json<string[]>().columnType('json').nullable(),
    isActive: p.boolean().default(true),
    status: p.enum(() => mcpServerStatuses).$type<McpServerStatus>(),
    statusMessage: p.text().nullable(),
    /** Tools of the last listing that could not be taken, and why. */
    problems: p.json<ToolProblem[]>().columnType('json'),
    /** When its tools were last read in full. */
    listedAt: p.datetime().nullable(),
    nextRefreshAt: p.datetime().nullable(),
    refreshFailures: p.integer().default(0),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});

/** An MCP server that a tenant registered. */
export class McpServer extends McpServerSchema.class {}
McpServerSchema.setClass(McpServer);

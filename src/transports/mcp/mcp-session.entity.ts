import { defineEntity, p } from '@mikro-orm/core';

const McpSessionSchema = defineEntity({
  name: 'McpSession',
  tableName: 'mcp_sessions',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.text(),
    appId: p.text().nullable(),
    agentId: p.text(),
    /** Who the token said it was. */
    subject: p.text().nullable(),
    protocolVersion: p.text(),
    /** What the client said of itself. */
    client: p.json<unknown>().columnType('json'),
    createdAt: p.datetime(),
    seenAt: p.datetime(),
  },
});

/** A session of our own MCP endpoint. */
export class McpSession extends McpSessionSchema.class {}
McpSessionSchema.setClass(McpSession);

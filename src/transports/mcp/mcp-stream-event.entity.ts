import { defineEntity, p } from '@mikro-orm/core';

const McpStreamEventSchema = defineEntity({
  name: 'McpStreamEvent',
  tableName: 'mcp_stream_events',
  properties: {
    /** Given by the database, in the order of writing. */
    id: p.bigint('string').primary(),
    sessionId: p.uuid(),
    tenantId: p.text(),
    streamId: p.text(),
    message: p.json<unknown>().columnType('json'),
    createdAt: p.datetime(),
  },
});

/** A message of a stream, kept so that a client can resume behind it. */
export class McpStreamEvent extends McpStreamEventSchema.class {}
McpStreamEventSchema.setClass(McpStreamEvent);

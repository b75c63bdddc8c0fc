import { defineEntity, p } from '@mikro-orm/core';
import type { ToolGrade } from '../catalog/grade-tool-change.js';
import type { HeldDefinition } from './tool-snapshot.js';

const McpToolSchema = defineEntity({
  name: 'McpTool',
  tableName: 'mcp_tools',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.text(),
    serverId: p.uuid(),
    /** What the server calls it. */
    name: p.text(),
    /** The same, made a tool name that every provider of agents accepts; unique within the server. */
    toolName: p.text(),
    title: p.text().nullable(),
    description: p.text().nullable(),
    inputSchema: p.json<Record<string, unknown>>().columnType('json').lazy(),
    outputSchema: p.json<Record<string, unknown>>().columnType('json').nullable().lazy(),
    annotations: p.json<Record<string, unknown>>().columnType('json'),
    fingerprint: p.text(),
    /** Place in the server's list. */
    position: p.integer(),
    /** Whether the server's last list has it. */
    isListed: p.boolean().default(true),
    /** When the list lost it. */
    unlistedAt: p.datetime().nullable(),
    /** False: held back since it first appeared. */
    isApproved: p.boolean().default(true),
    /** How its last change was graded; null: it never changed. */
    grade: p.text().$type<ToolGrade>().nullable(),
    reasons: p.json<string[]>().columnType('json'),
    /** A newer definition that is held back; the columns have the one that was approved last. */
    held: p.json<HeldDefinition>().columnType('json').nullable(),
  },
});

/** A tool of an MCP server, as it was last approved. */
export class McpTool extends McpToolSchema.class {}
McpToolSchema.setClass(McpTool);

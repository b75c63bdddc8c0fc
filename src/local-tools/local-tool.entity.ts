import { defineEntity, p } from '@mikro-orm/core';
import type { JsonSchema } from '../openapi/types.js';

export const agentTypes = ['voice', 'text', 'background'] as const;
export type AgentType = (typeof agentTypes)[number];

const LocalToolSchema = defineEntity({
  name: 'LocalTool',
  tableName: 'local_tools',
  properties: {
    id: p.uuid().primary(),
    name: p.text().unique(),
    displayName: p.text(),
    description: p.text().nullable(),
    category: p.text(),
    agentTypes: p.array<AgentType>(),
    inputSchema: p.json<JsonSchema>(),
    isActive: p.boolean(),
    /** SHA-256, hex, of the content that the last seeding wrote; null for a tool that an operator added. */
    seedHash: p.text().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});

/** A tool that agents execute themselves. Built in, the same for every tenant. */
export class LocalTool extends LocalToolSchema.class {}
LocalToolSchema.setClass(LocalTool);

import { defineEntity, p } from '@mikro-orm/core';

const ToolEmbeddingTurnSchema = defineEntity({
  name: 'ToolEmbeddingTurn',
  tableName: 'tool_embedding_turns',
  properties: {
    tenantId: p.text().primary(),
    model: p.text().primary(),
    /** The process that embeds the tenant's tools, until then unless it says more. */
    holder: p.uuid(),
    heldUntil: p.datetime(),
    /** Of the catalog when all its tools had been embedded; null before. */
    revision: p.bigint('string').nullable(),
    /** The newest of the tenant's vectors. */
    version: p.bigint('string'),
  },
});

/** How far a tenant's tools are embedded, and whose turn it is. */
export class ToolEmbeddingTurn extends ToolEmbeddingTurnSchema.class {}
ToolEmbeddingTurnSchema.setClass(ToolEmbeddingTurn);

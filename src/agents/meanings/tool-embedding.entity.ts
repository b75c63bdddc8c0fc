import { defineEntity, p } from '@mikro-orm/core';

const ToolEmbeddingSchema = defineEntity({
  name: 'ToolEmbedding',
  tableName: 'tool_embeddings',
  properties: {
    tenantId: p.text().primary(),
    /** Of an endpoint or an MCP tool; the row goes with it. */
    toolId: p.uuid().primary(),
    model: p.text().primary(),
    /** SHA-256 of the text that was embedded. */
    digest: p.blob(),
    /** Which writing of the tool's search document that was: its `xmin`. */
    document: p.text(),
    /** Rows that are written later have a higher one. */
    version: p.bigint('string'),
    /** float32, little-endian, of length 1. Null where the server does not take the text. */
    vector: p.blob().nullable(),
  },
});

/** What a tool means to a model. */
export class ToolEmbedding extends ToolEmbeddingSchema.class {}
ToolEmbeddingSchema.setClass(ToolEmbedding);

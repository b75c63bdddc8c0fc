import { defineEntity, p } from '@mikro-orm/core';
import { AppError } from '../errors.js';
import { isToolName } from '../lib/tool-name.js';
import type { JsonSchema, OperationPlan } from '../openapi/types.js';

const EndpointSchema = defineEntity({
  name: 'Endpoint',
  tableName: 'endpoints',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.text(),
    apiId: p.uuid(),
    name: p.text(),
    /** Upper case. */
    method: p.text(),
    path: p.text(),
    description: p.text().nullable(),
    /** Hints on how to offer the tool: `title`, `readOnlyHint`, `destructiveHint`, `idempotentHint` (MCP annotations). */
    exposeAs: p.json<ToolAnnotations>().nullable(),
    enabled: p.boolean(),
    operationId: p.text().nullable(),
    summary: p.text().nullable(),
    sourceName: p.text(),
    sourceDescription: p.text().nullable(),
    editedName: p.text().nullable(),
    editedDescription: p.text().nullable(),
    tags: p.array(),
    deprecated: p.boolean(),
    /** Place in the document. */
    position: p.integer(),
    contractHash: p.text(),
    inputSchema: p.json<JsonSchema>().columnType('json').lazy(),
    outputSchema: p.json<JsonSchema>().columnType('json').nullable().lazy(),
    plan: p.json<OperationPlan>().columnType('json').lazy(),
  },
});

export type ToolAnnotations = {
  title?: string;
  readOnlyHint: boolean;
  destructiveHint: boolean;
  idempotentHint: boolean;
};

/** One operation of an API, as a tool. What a person edited wins over what the document says, sync after sync. */
export class Endpoint extends EndpointSchema.class {
  /** Null goes back to the document's name. Throws INVALID_INPUT for a name that is no tool name. */
  rename(name: string | null): void {
    if (name !== null && !isToolName(name)) {
      const message = `"${name}" cannot be a tool name. Expected 1 to 64 letters, digits, "_" or "-".`;
      throw new AppError('INVALID_INPUT', `name: ${message}`, {
        issues: [{ path: ['name'], message, code: 'invalid_format' }],
      });
    }
    this.editedName = name;
    this.name = name ?? this.sourceName;
  }

  /** Null goes back to the document's description. */
  describe(description: string | null): void {
    this.editedDescription = description;
    this.description = description ?? this.sourceDescription;
  }
}
EndpointSchema.setClass(Endpoint);

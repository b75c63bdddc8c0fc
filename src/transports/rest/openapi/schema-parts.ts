import type { ReferenceObject, SchemaObject } from 'openapi3-ts/oas31';
import { z } from 'zod';

type Schema = SchemaObject | ReferenceObject;

export const ref = (name: string): ReferenceObject => ({ $ref: `#/components/schemas/${name}` });
export const listOf = (items: Schema, description?: string): SchemaObject => ({
  type: 'array',
  ...(description ? { description } : {}),
  items,
});

/** An object whose properties are always there. */
export function object(properties: Record<string, Schema>, description?: string): SchemaObject {
  return {
    type: 'object',
    ...(description ? { description } : {}),
    properties,
    required: Object.keys(properties),
  };
}

/** The part of a verb's input as it stands on the wire. */
export function fromZod(type: z.ZodType, description: string): SchemaObject {
  const { $schema: _, ...schema } = z.toJSONSchema(type, { io: 'input' });
  // Both are JSON Schema 2020-12; only the names of the types differ.
  return { description, ...(schema as SchemaObject) };
}

export const text = (description: string): SchemaObject => ({ type: 'string', description });
export const textOrNull = (description: string): SchemaObject => ({
  type: ['string', 'null'],
  description,
});
export const id = (description: string): SchemaObject => ({
  type: 'string',
  format: 'uuid',
  description,
});
export const count = (description: string): SchemaObject => ({
  type: 'integer',
  minimum: 0,
  description,
});
export const flag = (description: string): SchemaObject => ({ type: 'boolean', description });
export const names = (values: readonly string[], description: string): SchemaObject => ({
  type: 'string',
  enum: values.map((value) => value.toLowerCase()),
  description,
});
export const jsonSchema = (description: string): SchemaObject => ({ type: 'object', description });
export const jsonSchemaOrNull = (description: string): SchemaObject => ({
  type: ['object', 'null'],
  description,
});
export const texts = (description: string): SchemaObject => listOf({ type: 'string' }, description);
export const instant = (description: string): SchemaObject => ({
  type: 'string',
  format: 'date-time',
  description,
});
export const instantOrNull = (description: string): SchemaObject => ({
  type: ['string', 'null'],
  format: 'date-time',
  description,
});
export const toolSchemas = {
  input_schema: jsonSchema('JSON Schema 2020-12 of all inputs; its root is an object.'),
  output_schema: jsonSchemaOrNull('JSON Schema 2020-12 of the answer, where the document has it.'),
};

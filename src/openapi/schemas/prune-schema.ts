import { isObject } from '../plain-objects.js';
import type { JsonSchema } from '../types.js';
import { mapSubschemas } from './map-subschemas.js';

/** How plain a schema is made: 1 shortens what stands deep in it, 2 leaves the prose there out. */
export type PruneLevel = 1 | 2;

const deepDescriptionLength = 100;
const topDescriptionLength = 500;
const keptEnumLength = 50;

/** The schema with less prose. Its own description is kept (shortened at level 2), those below it are not. */
export function withLessProse(schema: JsonSchema, level: PruneLevel, isTop = true): JsonSchema {
  const out = mapSubschemas(schema, (subschema) => withLessProse(subschema, level, false));
  delete out.title;
  if (typeof out.default === 'object' || (level === 2 && !isTop)) delete out.default;
  if (typeof out.description === 'string') {
    const length = isTop ? topDescriptionLength : deepDescriptionLength;
    if (level === 2 && !isTop) delete out.description;
    else if (level === 2 || !isTop) out.description = shorten(out.description, length);
  }
  return out;
}

/** The schema with everything more than `depth` levels below it left open, and long enumerations not enforced. */
export function cutBelow(schema: JsonSchema, depth: number): JsonSchema {
  const out = mapSubschemas(schema, (subschema) =>
    depth > 0 ? cutBelow(subschema, depth - 1) : openSchema(subschema),
  );
  if (Array.isArray(out.enum) && out.enum.length > keptEnumLength) delete out.enum;
  if (typeof out.description === 'string') out.description = shorten(out.description, 100);
  delete out.default;
  if (depth > 0) return out;
  const { properties: _, required: __, allOf: ___, anyOf: ____, oneOf: _____, ...kept } = out;
  return kept;
}

/** What stands in place of a schema that was cut: its type, where that is plain. */
export function openSchema(schema: JsonSchema): JsonSchema {
  const note = 'Left out for size: any value is accepted.';
  if (typeof schema.type === 'string') return { type: schema.type, description: note };
  return { description: note };
}

/** The names of the definitions that a schema refers to. */
export function referredNames(schema: unknown, names = new Set<string>()): Set<string> {
  if (Array.isArray(schema)) {
    for (const item of schema) referredNames(item, names);
  } else if (isObject(schema)) {
    if (typeof schema.$ref === 'string') names.add(schema.$ref.slice('#/$defs/'.length));
    for (const key in schema) referredNames(schema[key], names);
  }
  return names;
}

/** Schemas by themselves, for people: references are named instead of followed. */
export function withoutReferences(schema: JsonSchema): JsonSchema {
  const out = mapSubschemas(schema, withoutReferences);
  if (typeof out.$ref !== 'string') return out;
  const { $ref, ...rest } = out;
  return { title: $ref.slice('#/$defs/'.length), ...rest };
}

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1).trimEnd()}…`;
}

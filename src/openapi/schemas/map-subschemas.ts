import { isObject, setOwn } from '../plain-objects.js';
import type { JsonSchema } from '../types.js';
import { keywordKinds } from './schema-keywords.js';

/** A copy of a converted schema with every schema directly in it replaced; all other keywords stay as they are. */
export function mapSubschemas(
  schema: JsonSchema,
  replace: (subschema: JsonSchema) => JsonSchema,
): JsonSchema {
  const out: JsonSchema = {};
  for (const keyword in schema) {
    out[keyword] = mapValue(keyword, schema[keyword], replace);
  }
  return out;
}

function mapValue(
  keyword: string,
  value: unknown,
  replace: (subschema: JsonSchema) => JsonSchema,
): unknown {
  switch (keywordKinds.get(keyword)) {
    case 'schema':
    case 'schemaOrFlag':
    case 'items':
      return isObject(value) ? replace(value) : value;
    case 'schemaList':
      return Array.isArray(value) ? value.map((item: JsonSchema) => replace(item)) : value;
    case 'properties':
    case 'patternProperties':
    case 'schemaMap': {
      if (!isObject(value)) return value;
      const mapped: Record<string, JsonSchema> = {};
      for (const name in value) setOwn(mapped, name, replace(value[name] as JsonSchema));
      return mapped;
    }
    default:
      return value;
  }
}

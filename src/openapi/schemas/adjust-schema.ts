import type { RawObject } from '../plain-objects.js';
import type { JsonSchema } from '../types.js';

const fileDescription = 'File content as base64 or a data URI.';

/**
 * What depends on several keywords at once: exclusive bounds, `nullable`, lists without `items`, a lone `allOf`, and files
 * where the value `isFile`.
 */
export function adjustSchema(converted: JsonSchema, raw: RawObject, isFile: boolean): JsonSchema {
  let schema = converted;
  if (raw.exclusiveMinimum === true) moveBound(schema, 'minimum', 'exclusiveMinimum');
  if (raw.exclusiveMaximum === true) moveBound(schema, 'maximum', 'exclusiveMaximum');
  if (schema.description !== undefined) delete schema.title;
  if (isFile) toFile(schema);
  if (Array.isArray(schema.allOf) && schema.allOf.length === 1) schema = unwrapAllOf(schema);
  if (schema.type === 'array' && schema.items === undefined && !schema.prefixItems) {
    schema.items = {};
  }
  return isNullable(raw) ? toNullable(schema) : schema;
}

/** `nullable` of OpenAPI 3.0, and the extension that Swagger 2.0 documents use for it. */
export function isNullable(raw: RawObject): boolean {
  return raw.nullable === true || raw['x-nullable'] === true;
}

/** The schema, with null allowed too. */
export function toNullable(schema: JsonSchema): JsonSchema {
  if (schema.$ref || schema.allOf || schema.oneOf || schema.anyOf || schema.not) {
    return orNull(schema);
  }
  const { type } = schema;
  if (typeof type === 'string' && type !== 'null') schema.type = [type, 'null'];
  else if (Array.isArray(type) && !type.includes('null')) schema.type = [...type, 'null'];
  if (Array.isArray(schema.enum) && !schema.enum.includes(null)) {
    schema.enum = [...schema.enum, null];
  }
  return schema.const === undefined || schema.const === null ? schema : orNull(schema);
}

function orNull(schema: JsonSchema): JsonSchema {
  const { description, title, default: preset, deprecated, ...rest } = schema;
  const notes = { description, title, default: preset, deprecated };
  const wrapped: JsonSchema = {};
  for (const [key, value] of Object.entries(notes)) if (value !== undefined) wrapped[key] = value;
  const alternatives =
    Object.keys(rest).length === 1 && Array.isArray(rest.anyOf) ? rest.anyOf : [rest];
  const allowsNull = alternatives.some((item) => item.type === 'null');
  wrapped.anyOf = allowsNull ? alternatives : [...alternatives, { type: 'null' }];
  return wrapped;
}

function moveBound(schema: JsonSchema, from: string, to: string): void {
  if (typeof schema[from] !== 'number') return;
  schema[to] = schema[from];
  delete schema[from];
}

function toFile(schema: JsonSchema): void {
  delete schema.format;
  schema.type ??= 'string';
  schema.contentEncoding = 'base64';
  schema.description ??= fileDescription;
}

/** `allOf` with one member is often no more than a place for a description beside a reference. */
function unwrapAllOf(schema: JsonSchema): JsonSchema {
  const { allOf, ...own } = schema;
  const [only] = allOf as [JsonSchema];
  const notes = new Set(['description', 'title', 'deprecated', 'default', 'writeOnly']);
  const clashes = Object.keys(own).some((key) => key in only && !notes.has(key));
  const isRefWithRules = only.$ref !== undefined && Object.keys(own).some((key) => !notes.has(key));
  return clashes || isRefWithRules ? schema : { ...only, ...own };
}

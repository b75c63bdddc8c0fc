import type { JsonSchema } from './types.js';

type Text = { text: string; bytes: number };

// Converted schemas are shared between tools and never change, so the text of each is made once.
const texts = new WeakMap<object, Text>();

/** The JSON text of a schema that never changes again. Members of `properties` and `$defs` keep their own text. */
export function schemaText(schema: JsonSchema): string {
  return textOf(schema).text;
}

/** UTF-8 bytes of `schemaText`. */
export function schemaBytes(schema: JsonSchema): number {
  return textOf(schema).bytes;
}

/** The text of a tool's whole schema, put together from the texts of its properties and definitions. */
export function rootSchemaText(schema: JsonSchema): string {
  const parts: string[] = [];
  for (const key in schema) {
    const value = schema[key];
    if (value === undefined) continue;
    const text = isSchemaMap(key, value) ? mapText(value) : JSON.stringify(value);
    parts.push(`${JSON.stringify(key)}:${text}`);
  }
  return `{${parts.join(',')}}`;
}

function isSchemaMap(key: string, value: unknown): value is Record<string, JsonSchema> {
  return (key === 'properties' || key === '$defs') && typeof value === 'object' && value !== null;
}

function mapText(schemas: Record<string, JsonSchema>): string {
  const known = texts.get(schemas);
  if (known) return known.text;
  const parts: string[] = [];
  for (const name in schemas) {
    const schema = schemas[name];
    if (schema) parts.push(`${JSON.stringify(name)}:${schemaText(schema)}`);
  }
  const text = `{${parts.join(',')}}`;
  texts.set(schemas, { text, bytes: -1 });
  return text;
}

function textOf(schema: JsonSchema): Text {
  const known = texts.get(schema);
  if (known) return known;
  const text = JSON.stringify(schema);
  const made = { text, bytes: Buffer.byteLength(text) };
  texts.set(schema, made);
  return made;
}

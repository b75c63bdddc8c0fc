import { isObject } from '../plain-objects.js';
import type { JsonSchema } from '../types.js';

type Text = { text: string; bytes: number };

// Converted schemas are shared between tools and never change, so the text of each is made once.
const texts = new WeakMap<JsonSchema, Text>();
const definitionTexts = new WeakMap<object, string>();

/** The JSON text of a schema that never changes again. Members of `properties` and `$defs` keep their own text. */
export function schemaText(schema: JsonSchema): string {
  return textOf(schema).text;
}

/** UTF-8 bytes of `schemaText`. */
export function schemaBytes(schema: JsonSchema): number {
  return textOf(schema).bytes;
}

/** The text of a tool's whole schema but for its `$defs`, put together from the texts of its properties. */
export function rootText(schema: JsonSchema): string {
  let text = '';
  for (const key in schema) {
    const value = schema[key];
    if (value === undefined || key === '$defs') continue;
    const member = key === 'properties' && isObject(value) ? mapText(value) : JSON.stringify(value);
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${member}`;
  }
  return `{${text}}`;
}

/** The text of a `$defs` object that never changes again; null where the schema has none. */
export function definitionsText(schema: JsonSchema): string | null {
  const { $defs } = schema;
  if (!isObject($defs)) return null;
  let text = definitionTexts.get($defs);
  if (text === undefined) {
    text = mapText($defs);
    definitionTexts.set($defs, text);
  }
  return text;
}

/** The text of a whole schema from its two parts. */
export function joinTexts(root: string, definitions: string | null): string {
  if (definitions === null) return root;
  return `${root.slice(0, -1)}${root === '{}' ? '' : ','}"$defs":${definitions}}`;
}

function mapText(schemas: Record<string, unknown>): string {
  let text = '';
  for (const name in schemas) {
    const schema = schemas[name];
    const member = isObject(schema) ? schemaText(schema) : JSON.stringify(schema);
    text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${member}`;
  }
  return `{${text}}`;
}

function textOf(schema: JsonSchema): Text {
  const known = texts.get(schema);
  if (known) return known;
  const text = JSON.stringify(schema);
  const made = { text, bytes: Buffer.byteLength(text) };
  texts.set(schema, made);
  return made;
}

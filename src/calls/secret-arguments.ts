import { getOwn, isObject } from '../openapi/plain-objects.js';
import type { JsonSchema } from '../openapi/types.js';

const maxDepth = 50;
const maxParts = 10_000;

type Search = { root: JsonSchema; found: Set<string>; parts: number };

/**
 * The texts among arguments that their schema says nobody may read: those under `writeOnly` or `format: password` (JSON
 * Schema 2020-12, validation, sections 9.4 and 7.3), whatever their names are. Of alternatives each is looked at. Ends on
 * schemas that contain themselves, and on what is very deep or very much.
 */
export function secretArguments(schema: JsonSchema, value: unknown): string[] {
  const search: Search = { root: schema, found: new Set(), parts: 0 };
  look(search, schema, { value, depth: 0, isSecret: false });
  return [...search.found];
}

type Place = { value: unknown; depth: number; isSecret: boolean };

function look(search: Search, schema: unknown, { value, depth, isSecret }: Place): void {
  search.parts += 1;
  if (depth > maxDepth || search.parts > maxParts || !isObject(schema)) return;
  const isHidden = isSecret || schema.writeOnly === true || schema.format === 'password';
  if (isHidden && typeof value === 'string' && value !== '') search.found.add(value);
  const here = { value, depth: depth + 1, isSecret: isHidden };
  for (const one of alternatives(search.root, schema)) look(search, one, here);
  if (Array.isArray(value)) {
    const first = Array.isArray(schema.prefixItems) ? schema.prefixItems : [];
    for (const [index, part] of value.entries()) {
      look(search, first[index] ?? schema.items ?? {}, { ...here, value: part });
    }
  } else if (isObject(value)) {
    const properties = isObject(schema.properties) ? schema.properties : {};
    for (const [name, part] of Object.entries(value)) {
      const inner = getOwn(properties, name) ?? schema.additionalProperties;
      look(search, isObject(inner) ? inner : {}, { ...here, value: part });
    }
  }
}

function alternatives(root: JsonSchema, schema: Record<string, unknown>): unknown[] {
  const lists = [schema.allOf, schema.anyOf, schema.oneOf].filter(Array.isArray);
  const name =
    typeof schema.$ref === 'string' ? /^#\/\$defs\/([^/]+)$/.exec(schema.$ref)?.[1] : null;
  const target = name && isObject(root.$defs) ? getOwn(root.$defs, fromPointer(name)) : undefined;
  return [...lists.flat(), ...(target === undefined ? [] : [target])];
}

/** RFC 6901, section 4, within the fragment of a URI. */
function fromPointer(name: string): string {
  try {
    return decodeURIComponent(name).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return name;
  }
}

import { isObject, setOwn, stringsOf } from '../../openapi/plain-objects.js';
import { mapSubschemas } from '../../openapi/schemas/map-subschemas.js';
import type { JsonSchema } from '../../openapi/types.js';
import { definitionsOf } from './flatten-root.js';

const prefix = '#/$defs/';

/**
 * The schema without references that lead back to where they stand by way of required properties only; what they stood
 * for is left open. `count`: how many there were.
 */
export function cutCycles(root: JsonSchema): { schema: JsonSchema; count: number } {
  const definitions = Object.entries(definitionsOf(root)) as [string, JsonSchema][];
  const leadsTo = new Map(definitions.map(([name, schema]) => [name, requiredRefs(schema)]));
  let count = 0;
  const cutIn = (schema: JsonSchema, within: string): JsonSchema => {
    const target = typeof schema.$ref === 'string' ? schema.$ref.slice(prefix.length) : null;
    if (target !== null && reaches(leadsTo, target, within)) {
      count += 1;
      return { description: `Another ${target}.` };
    }
    return mapRequired(schema, (subschema) => cutIn(subschema, within));
  };
  const $defs: Record<string, JsonSchema> = {};
  for (const [name, schema] of definitions) setOwn($defs, name, cutIn(schema, name));
  return count === 0 ? { schema: root, count } : { schema: { ...root, $defs }, count };
}

/** The definitions that every value has to go on to. */
function requiredRefs(schema: JsonSchema): Set<string> {
  const found = new Set<string>();
  const visit = (one: JsonSchema): JsonSchema => {
    if (typeof one.$ref === 'string') found.add(one.$ref.slice(prefix.length));
    mapRequired(one, visit);
    return one;
  };
  visit(schema);
  return found;
}

/** A copy with every schema directly in it replaced, but for those of properties that may be left out. */
function mapRequired(
  schema: JsonSchema,
  replace: (subschema: JsonSchema) => JsonSchema,
): JsonSchema {
  const { properties } = schema;
  if (!isObject(properties)) return mapSubschemas(schema, replace);
  const required = new Set(stringsOf(schema.required));
  const mapped: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(properties)) {
    setOwn(mapped, name, required.has(name) ? replace(property as JsonSchema) : property);
  }
  const { properties: _, ...others } = schema;
  return { ...mapSubschemas(others, replace), properties: mapped };
}

function reaches(leadsTo: ReadonlyMap<string, Set<string>>, from: string, to: string): boolean {
  const seen = new Set([from]);
  for (const name of seen) {
    if (name === to) return true;
    for (const next of leadsTo.get(name) ?? []) seen.add(next);
  }
  return false;
}

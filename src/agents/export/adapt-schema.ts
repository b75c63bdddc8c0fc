import { isObject, setOwn, stringsOf } from '../../openapi/plain-objects.js';
import { mapSubschemas } from '../../openapi/schemas/map-subschemas.js';
import type { JsonSchema } from '../../openapi/types.js';
import { cutCycles } from './cut-cycles.js';
import type { FormatRules } from './export-formats.js';
import { flattenRoot } from './flatten-root.js';
import { limitKeywords } from './limit-keywords.js';

export type AdaptedSchema =
  | { schema: JsonSchema; notes: string[]; reason: null }
  /** Why no schema that the provider takes would fit the tool. */
  | { schema: null; reason: string };

/**
 * An input schema within the rules of a provider. What it allows is allowed by the tool's own schema, or refused there
 * with a sentence; each change is noted.
 */
export function adaptSchema(original: JsonSchema, rules: FormatRules): AdaptedSchema {
  const notes: string[] = [];
  let schema = adaptRoot(original, rules, notes);
  const named = dropArguments(schema, rules, notes);
  if (named.schema === null) return named;
  schema = named.schema;
  if (rules.keywords) {
    const { schema: limited, lost } = limitKeywords(schema, rules.keywords);
    if (lost.size > 0) {
      notes.push(
        `Left out of the input schema, as ${rules.provider} does not take it: ${[...lost].sort().join(', ')}.`,
      );
    }
    const cut = cutCycles(limited);
    if (cut.count > 0) {
      notes.push('Where a value has to hold another of its own kind, the inner one is left open.');
    }
    schema = cut.schema;
  }
  return { schema: rules.needsItems ? withItems(schema) : schema, notes, reason: null };
}

function adaptRoot(original: JsonSchema, rules: FormatRules, notes: string[]): JsonSchema {
  const found = rules.notAtRoot.filter((keyword) => Object.hasOwn(original, keyword));
  if (found.length === 0) return { ...original, type: 'object' };
  notes.push(
    `${rules.provider} takes no ${found.join(', ')} at the root of the input schema: what it says of the arguments is drawn together, what it says of their combination is left out.`,
  );
  const { enum: _, const: __, not: ___, ...rest } = original;
  return flattenRoot(rest);
}

type Named = { schema: JsonSchema; reason: null } | { schema: null; reason: string };

function dropArguments(schema: JsonSchema, rules: FormatRules, notes: string[]): Named {
  const { argumentName } = rules;
  if (!argumentName || !isObject(schema.properties)) return { schema, reason: null };
  const names = Object.keys(schema.properties);
  const odd = names.filter((name) => !argumentName.test(name));
  if (odd.length === 0) return { schema, reason: null };
  const dropped = withDependents(names, odd, schema.dependentRequired);
  const required = stringsOf(schema.required);
  if ([...dropped].some((name) => required.includes(name))) {
    return {
      schema: null,
      reason: `It needs arguments with names that ${rules.provider} does not take: ${odd.slice(0, 3).map(quote).join(', ')}.`,
    };
  }
  notes.push(
    `Left out, as ${rules.provider} does not take such names of arguments, or as others that have them go with these: ${[...dropped].map(quote).join(', ')}.`,
  );
  return { schema: withoutArguments(schema, dropped), reason: null };
}

/** An argument that needs another one beside it goes where that one does. */
function withDependents(
  names: readonly string[],
  odd: readonly string[],
  dependentRequired: unknown,
): Set<string> {
  const needs = isObject(dependentRequired) ? dependentRequired : {};
  const dropped = new Set(odd);
  for (let size = -1; size !== dropped.size; ) {
    size = dropped.size;
    for (const name of names) {
      const needed = Object.hasOwn(needs, name) ? stringsOf(needs[name]) : [];
      if (needed.some((other) => dropped.has(other))) dropped.add(name);
    }
  }
  return dropped;
}

function withoutArguments(schema: JsonSchema, dropped: ReadonlySet<string>): JsonSchema {
  const kept: JsonSchema = { ...schema };
  for (const keyword of ['properties', 'dependentRequired']) {
    const members = schema[keyword];
    if (!isObject(members)) continue;
    const left: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(members)) {
      if (!dropped.has(name)) setOwn(left, name, value);
    }
    kept[keyword] = left;
  }
  return kept;
}

function quote(name: string): string {
  return JSON.stringify(name);
}

function withItems(schema: JsonSchema): JsonSchema {
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  const out = mapSubschemas(schema, withItems);
  if (isObject(out.$defs)) {
    out.$defs = Object.fromEntries(
      Object.entries(out.$defs).map(([name, one]) => [name, withItems(one as JsonSchema)]),
    );
  }
  return types.includes('array') && out.items === undefined ? { ...out, items: {} } : out;
}

import { Ajv2020 } from 'ajv/dist/2020.js';
import { isObject, setOwn } from '../openapi/plain-objects.js';
import type { JsonSchema } from '../openapi/types.js';

export type ReadSchema = { schema: JsonSchema } | { problem: string };

const dialect = 'https://json-schema.org/draft/2020-12/schema';
const maxDepth = 100;
const checker = new Ajv2020({
  strict: false,
  validateFormats: false,
  logger: false,
  allErrors: false,
});

/** Keywords that hold data or names, not schemas. */
const dataKeywords = new Set(['const', 'default', 'enum', 'examples', 'required', 'type']);
const schemaMaps = new Set([
  ...['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'],
]);

/**
 * A tool's schema as JSON Schema 2020-12 with `type: object` at its root, or why it cannot be one: the end of a sentence
 * that begins with the schema's name. What older drafts said otherwise is put into today's words.
 */
export function readToolSchema(raw: Record<string, unknown>): ReadSchema {
  const problems: string[] = [];
  const { $schema: said, $id: _base, ...rest } = modernize(raw, '', problems, 0);
  const schema: JsonSchema = {
    // Who says that it is of today may go on to say so (SEP-1613).
    ...(said === dialect ? { $schema: said } : {}),
    ...rest,
    type: rest.type ?? 'object',
  };
  if (schema.type !== 'object') {
    return { problem: `has the type ${JSON.stringify(schema.type)} at its root, not "object"` };
  }
  const [first] = problems;
  if (first !== undefined) return { problem: first };
  if (checker.validateSchema(schema) !== true) {
    const [error] = checker.errors ?? [];
    return { problem: `is no JSON Schema: ${error?.instancePath || '/'} ${error?.message}` };
  }
  const lost = findLostReference(schema);
  return lost === null
    ? { schema }
    : { problem: `refers to ${JSON.stringify(lost)}, which it does not hold` };
}

/** Copies a schema: tuples of draft 7 become `prefixItems` (JSON Schema 2020-12, release notes, "items and additionalItems"). */
function modernize(schema: JsonSchema, at: string, problems: string[], depth: number): JsonSchema {
  if (depth > maxDepth) {
    problems.push(`is nested more than ${maxDepth} levels deep`);
    return {};
  }
  const next = (value: unknown, place: string): unknown => {
    if (Array.isArray(value)) return value.map((item, index) => next(item, `${place}/${index}`));
    return isObject(value) ? modernize(value, place, problems, depth + 1) : value;
  };
  const out: JsonSchema = {};
  const hasTuple = Array.isArray(schema.items);
  for (const [keyword, value] of Object.entries(schema)) {
    const place = `${at}/${keyword}`;
    if (keyword === 'pattern' && typeof value === 'string' && !isPattern(value)) {
      problems.push(`has a pattern at ${place} that is no regular expression`);
    }
    if (dataKeywords.has(keyword)) out[keyword] = value;
    else if (schemaMaps.has(keyword) && isObject(value)) {
      const members: Record<string, unknown> = {};
      for (const [name, member] of Object.entries(value)) {
        if (keyword === 'patternProperties' && !isPattern(name)) {
          problems.push(`has a pattern at ${place} that is no regular expression`);
        }
        setOwn(members, name, next(member, `${place}/${name}`));
      }
      out[keyword] = members;
    } else if (keyword === 'items' && hasTuple) out.prefixItems = next(value, place);
    else if (keyword === 'additionalItems') {
      if (hasTuple) out.items = next(value, place);
    } else out[keyword] = next(value, place);
  }
  return out;
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text, 'u');
    return true;
  } catch {
    return false;
  }
}

/** The first `$ref` that leads out of the schema, or nowhere. */
function findLostReference(root: JsonSchema): string | null {
  const pending: unknown[] = [root];
  const anchors = new Set<string>();
  const references: string[] = [];
  while (pending.length > 0) {
    const value = pending.pop();
    if (Array.isArray(value)) for (const item of value) pending.push(item);
    if (!isObject(value)) continue;
    if (typeof value.$anchor === 'string') anchors.add(`#${value.$anchor}`);
    for (const keyword of ['$ref', '$dynamicRef']) {
      const reference = value[keyword];
      if (typeof reference === 'string') references.push(reference);
    }
    for (const [keyword, member] of Object.entries(value)) {
      if (dataKeywords.has(keyword)) continue;
      if (schemaMaps.has(keyword) && isObject(member)) pending.push(...Object.values(member));
      else pending.push(member);
    }
  }
  return references.find((one) => !anchors.has(one) && !leadsSomewhere(root, one)) ?? null;
}

/** RFC 6901, section 6: a pointer as a URI fragment. */
function leadsSomewhere(root: JsonSchema, reference: string): boolean {
  if (reference === '#') return true;
  if (!reference.startsWith('#/')) return false;
  let current: unknown = root;
  for (const segment of reference.slice(2).split('/')) {
    const key = decode(segment).replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key))
      return false;
    current = (current as Record<string, unknown>)[key];
  }
  return isObject(current) || typeof current === 'boolean';
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

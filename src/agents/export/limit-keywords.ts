import { isObject, setOwn, stringsOf } from '../../openapi/plain-objects.js';
import { mapSubschemas } from '../../openapi/schemas/map-subschemas.js';
import type { JsonSchema } from '../../openapi/types.js';
import { definitionsOf, flattenRoot } from './flatten-root.js';

/** A schema in other words, and the keywords that could not be said. */
export type Limited = { schema: JsonSchema; lost: Set<string> };

/** Says nothing of what is allowed: nothing is lost with them. */
const silent = new Set(['deprecated', 'default', 'examples', 'writeOnly', '$schema', '$comment']);

/**
 * The schema with no other keywords than those that are taken. What can be said otherwise is: `const` as an enum, `allOf`
 * drawn together, `$ref` by itself. What cannot is left out, so that more is allowed than was, never less.
 */
export function limitKeywords(root: JsonSchema, keywords: ReadonlySet<string>): Limited {
  const lost = new Set<string>();
  const definitions = definitionsOf(root);

  const limit = (schema: unknown, depth = 0): JsonSchema => {
    if (!isObject(schema)) {
      if (schema === false) lost.add('false');
      return {};
    }
    const isDrawn = Array.isArray(schema.allOf);
    const said = sayOtherwise(schema, { definitions, lost, depth });
    const kept: JsonSchema = {};
    for (const key of Object.keys(said)) {
      if (keywords.has(key)) setOwn(kept, key, said[key]);
      else if (!silent.has(key)) lost.add(key);
    }
    const below = isDrawn ? depth + 1 : depth;
    return refAlone(mapSubschemas(withoutFlags(kept), (subschema) => limit(subschema, below)));
  };

  const limited = limit(root);
  if (Object.keys(definitions).length > 0) {
    limited.$defs = Object.fromEntries(
      Object.entries(definitions).map(([name, schema]) => [name, limit(schema)]),
    );
  }
  return { schema: limited, lost };
}

type Saying = { definitions: JsonSchema; lost: Set<string>; depth: number };

function sayOtherwise(schema: JsonSchema, saying: Saying): JsonSchema {
  const said = { ...schema };
  delete said.$defs;
  sayConst(said, saying.lost);
  sayEnum(said, saying.lost);
  sayOneOf(said, saying.lost);
  for (const [exclusive, inclusive] of bounds) {
    if (typeof said[exclusive] !== 'number') continue;
    said[inclusive] ??= said[exclusive];
    delete said[exclusive];
    saying.lost.add(exclusive);
  }
  return Array.isArray(said.allOf) ? sayAllOf(said, saying) : said;
}

const bounds = [
  ['exclusiveMinimum', 'minimum'],
  ['exclusiveMaximum', 'maximum'],
] as const;

function sayConst(said: JsonSchema, lost: Set<string>): void {
  if (!Object.hasOwn(said, 'const')) return;
  const { const: value } = said;
  delete said.const;
  if (value === null) said.type ??= 'null';
  else if (isPlain(value)) said.enum ??= [value];
  else if (typeof value === 'boolean') {
    said.type ??= 'boolean';
    lost.add('const');
  } else lost.add('const');
}

/** Enums are of texts and numbers; null among them is an alternative of its own. */
function sayEnum(said: JsonSchema, lost: Set<string>): void {
  if (!Array.isArray(said.enum)) return;
  const plain = said.enum.filter(isPlain);
  const others = said.enum.filter((value) => !isPlain(value));
  if (others.length === 0) return;
  const isNullable = others.every((value) => value === null);
  const { enum: _, type, ...rest } = said;
  delete said.enum;
  if (!isNullable || plain.length === 0 || said.anyOf !== undefined) {
    lost.add('enum');
    return;
  }
  delete said.type;
  const types = stringsOf(Array.isArray(type) ? type : [type]).filter((one) => one !== 'null');
  const valued = { ...(types.length === 1 ? { type: types[0] } : {}), enum: plain };
  Object.assign(said, rest, { anyOf: [valued, { type: 'null' }] });
}

/** Branches of which more is allowed may overlap: a value is to fit any of them. */
function sayOneOf(said: JsonSchema, lost: Set<string>): void {
  if (!Array.isArray(said.oneOf)) return;
  if (said.anyOf === undefined) said.anyOf = said.oneOf;
  else lost.add('oneOf');
  delete said.oneOf;
}

/** How often branches behind references are drawn together within each other: they may lead back to themselves. */
const maxDrawn = 3;
const prose = new Set(['title', 'description', 'default', 'deprecated', 'examples']);

/** One branch is an alternative without another; several are drawn together as far as they are objects. */
function sayAllOf(said: JsonSchema, { definitions, lost, depth }: Saying): JsonSchema {
  const { allOf, ...own } = said;
  const all = (allOf as unknown[]).filter(isObject);
  const branches = all.filter((branch) => Object.keys(branch).some((key) => !prose.has(key)));
  const spoken = all.filter((branch) => !branches.includes(branch));
  const rest: JsonSchema = Object.assign({}, ...spoken, own);
  const [first] = branches;
  if (!first) return rest;
  const isFree = rest.anyOf === undefined && rest.oneOf === undefined;
  if (branches.length === 1 && isFree) return { ...rest, anyOf: [first] };
  lost.add('allOf');
  if (depth >= maxDrawn) return isFree ? { ...rest, anyOf: [first] } : rest;
  const flat = flattenRoot({ ...rest, allOf: branches, $defs: definitions });
  delete flat.$defs;
  const hasShape = Object.keys(flat.properties as object).length > 0;
  if (hasShape) return flat;
  return Object.assign({}, ...branches.filter(({ $ref }) => $ref === undefined), rest);
}

/** Boolean schemas; `additionalProperties` may stay one. */
function withoutFlags(schema: JsonSchema): JsonSchema {
  const plain = { ...schema };
  if (typeof plain.items === 'boolean') delete plain.items;
  for (const list of ['anyOf', 'oneOf', 'prefixItems']) {
    const items = plain[list];
    if (Array.isArray(items)) plain[list] = items.map((item) => (isObject(item) ? item : {}));
  }
  if (!isObject(plain.properties)) return plain;
  const properties: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(plain.properties)) {
    setOwn(properties, name, isObject(value) ? value : {});
  }
  return { ...plain, properties };
}

/** A reference stands alone; what stood beside it stands around it. */
function refAlone(schema: JsonSchema): JsonSchema {
  const { $ref, ...beside } = schema;
  if ($ref === undefined || Object.keys(beside).length === 0) return schema;
  return beside.anyOf === undefined ? { ...beside, anyOf: [{ $ref }] } : beside;
}

function isPlain(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

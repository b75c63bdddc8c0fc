import { isObject, setOwn, stringsOf } from '../../openapi/plain-objects.js';
import type { JsonSchema } from '../../openapi/types.js';

type Properties = Record<string, JsonSchema>;
type Shape = { properties: Properties; required: string[]; isClosed: boolean };

const combiners = ['allOf', 'anyOf', 'oneOf'] as const;
const maxDepth = 20;

/**
 * An object schema whose root names all of its properties itself: what stood in `allOf`, `anyOf`, `oneOf` or behind a
 * `$ref` at the root is drawn together. Everything that the schema allowed is still allowed; of alternatives, only what
 * all of them require stays required.
 */
export function flattenRoot(root: JsonSchema): JsonSchema {
  const { properties, required, isClosed } = shapeOf(root, definitionsOf(root), 0);
  const { allOf: _, anyOf: __, oneOf: ___, $ref: ____, unevaluatedProperties, ...kept } = root;
  const isShut = isClosed || unevaluatedProperties === false;
  return {
    ...kept,
    type: 'object',
    properties,
    ...(required.length > 0 ? { required } : {}),
    ...(isShut ? { additionalProperties: false } : {}),
  };
}

export function definitionsOf({ $defs }: JsonSchema): JsonSchema {
  return isObject($defs) ? $defs : {};
}

/** The schema that a reference into `$defs` means; null for any other. */
export function followRef(ref: unknown, definitions: JsonSchema): JsonSchema | null {
  if (typeof ref !== 'string' || !ref.startsWith('#/$defs/')) return null;
  const name = ref.slice('#/$defs/'.length).replaceAll('~1', '/').replaceAll('~0', '~');
  const found = Object.hasOwn(definitions, name) ? definitions[name] : null;
  return isObject(found) ? found : null;
}

function shapeOf(schema: JsonSchema, definitions: JsonSchema, depth: number): Shape {
  const shape: Shape = {
    properties: isObject(schema.properties) ? ({ ...schema.properties } as Properties) : {},
    required: stringsOf(schema.required),
    isClosed: schema.additionalProperties === false,
  };
  if (depth > maxDepth) return shape;
  const behind = followRef(schema.$ref, definitions);
  const all = [...(behind ? [behind] : []), ...branchesOf(schema, 'allOf')];
  for (const branch of all) addAll(shape, shapeOf(branch, definitions, depth + 1));
  for (const combiner of combiners.slice(1)) {
    const branches = branchesOf(schema, combiner).filter(canBeObject);
    if (branches.length === 0) continue;
    const shapes = branches.map((branch) => shapeOf(branch, definitions, depth + 1));
    addAll(shape, alternatives(shapes));
  }
  return shape;
}

function branchesOf(schema: JsonSchema, combiner: string): JsonSchema[] {
  const branches = schema[combiner];
  return Array.isArray(branches) ? branches.filter(isObject) : [];
}

function canBeObject({ type }: JsonSchema): boolean {
  return (
    type === undefined || type === 'object' || (Array.isArray(type) && type.includes('object'))
  );
}

/** What holds of both. */
function addAll(shape: Shape, other: Shape): void {
  for (const [name, schema] of Object.entries(other.properties)) {
    const known = Object.hasOwn(shape.properties, name) ? shape.properties[name] : undefined;
    setOwn(shape.properties, name, known ? both(known, schema) : schema);
  }
  shape.required = [...new Set([...shape.required, ...other.required])];
}

/** What holds of each of several: a property has any of the schemas that it has in one of them. */
function alternatives(shapes: readonly Shape[]): Shape {
  const names = new Set(shapes.flatMap(({ properties }) => Object.keys(properties)));
  const properties: Properties = {};
  for (const name of names) {
    const found = shapes.flatMap(({ properties: own }) =>
      Object.hasOwn(own, name) ? [own[name] as JsonSchema] : [],
    );
    const distinct = [...new Map(found.map((one) => [JSON.stringify(one), one])).values()];
    const [only] = distinct;
    setOwn(properties, name, distinct.length === 1 && only ? only : { anyOf: distinct });
  }
  const [first, ...others] = shapes;
  const required = (first?.required ?? []).filter((name) =>
    others.every((shape) => shape.required.includes(name)),
  );
  return { properties, required, isClosed: false };
}

function both(one: JsonSchema, other: JsonSchema): JsonSchema {
  return JSON.stringify(one) === JSON.stringify(other) ? one : { allOf: [one, other] };
}

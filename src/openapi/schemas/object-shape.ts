import { childPointer } from '../json-pointer.js';
import { isObject, type RawObject, stringsOf } from '../plain-objects.js';
import { hasRef, type RefResolver } from '../references/resolve-refs.js';
import type { Place } from '../references/spec-file.js';
import type { SchemaOwner } from './convert-schema.js';

/** A property, and the schema that it belongs to: the one that `#` means in its older references. */
export type ShapeProperty = { raw: unknown; place: Place; owner?: SchemaOwner };

/** An object schema as a list of properties. A property that several parts of an `allOf` describe has several entries. */
export type ObjectShape = {
  properties: Map<string, ShapeProperty[]>;
  required: Set<string>;
  description: string | null;
};

const blocking = [
  'anyOf',
  'else',
  'if',
  'not',
  'oneOf',
  'patternProperties',
  'propertyNames',
  'then',
  'dependentSchemas',
  'unevaluatedProperties',
];

/**
 * The properties of an object schema whose members can stand on their own; null for every other schema: no `properties`,
 * alternatives, conditions, or room for further members. An `allOf` of such objects is merged.
 */
export function objectShape(raw: unknown, place: Place, refs: RefResolver): ObjectShape | null {
  const shape: ObjectShape = { properties: new Map(), required: new Set(), description: null };
  const fits = collect(shape, raw, place, { refs, above: [], owner: null });
  return fits && shape.properties.size > 0 ? shape : null;
}

type Walk = { refs: RefResolver; above: unknown[]; owner: SchemaOwner | null };

function collect(shape: ObjectShape, raw: unknown, place: Place, walk: Walk): boolean {
  if (!isObject(raw) || walk.above.includes(raw)) return false;
  const owner = walk.owner ?? { raw, place };
  const within = { ...walk, above: [...walk.above, raw], owner };
  if (hasRef(raw)) {
    const target = walk.refs.resolve(raw.$ref, place.file);
    const inTarget = { ...within, owner: null };
    if (!target.ok || !collect(shape, target.value, target.place, inTarget)) return false;
  }
  if (!isPlainObjectSchema(raw)) return false;
  if (typeof raw.description === 'string') shape.description ??= raw.description;
  for (const name of stringsOf(raw.required)) shape.required.add(name);
  if (isObject(raw.properties)) addProperties(shape, raw.properties, place, owner);
  if (raw.allOf === undefined) return true;
  if (!Array.isArray(raw.allOf)) return false;
  return raw.allOf.every((part, index) => {
    const pointer = childPointer(place.pointer, 'allOf', index);
    return collect(shape, part, { file: place.file, pointer }, within);
  });
}

function isPlainObjectSchema(raw: RawObject): boolean {
  const { type, additionalProperties } = raw;
  const isObjectType =
    type === undefined || type === 'object' || (Array.isArray(type) && type.includes('object'));
  const isClosed = additionalProperties === undefined || additionalProperties === false;
  return isObjectType && isClosed && !blocking.some((keyword) => raw[keyword] !== undefined);
}

function addProperties(
  shape: ObjectShape,
  properties: RawObject,
  place: Place,
  owner: SchemaOwner,
): void {
  for (const [name, raw] of Object.entries(properties)) {
    const pointer = childPointer(place.pointer, 'properties', name);
    const property = { raw, place: { file: place.file, pointer }, owner };
    const known = shape.properties.get(name);
    if (!known) shape.properties.set(name, [property]);
    else if (!known.some((other) => other.raw === raw)) known.push(property);
    if (isObject(raw) && raw.required === true) shape.required.add(name);
  }
}

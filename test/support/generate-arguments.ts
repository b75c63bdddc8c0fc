import { generateText } from './generate-text.js';

type Schema = Record<string, unknown>;

export type Variant = 'required' | 'everything';

/** Why no value was made: what the schema asks for is beyond this generator. */
export class CannotGenerate extends Error {}

/** No value can fit the schema, whoever makes it. */
export class NothingFits extends CannotGenerate {}

const maxDepth = 6;
const maxRequiredDepth = 24;

/**
 * A value that fits a schema, the same for the same schema: only what is required, or everything that is named. Scalars
 * differ from each other where the schema leaves room, so that each can be told apart again. Texts hold what has to be
 * escaped, but not under the arguments that are sent as they are.
 */
export function generateArguments(
  root: Schema,
  variant: Variant,
  plainArguments: ReadonlySet<string> = new Set(),
): Record<string, unknown> {
  const value = new Generator(root, variant, plainArguments).generate(root, 0);
  if (!isObject(value)) throw new CannotGenerate('the root is no object');
  return value;
}

class Generator {
  readonly #root: Schema;
  readonly #variant: Variant;
  readonly #plainArguments: ReadonlySet<string>;
  #isPlain = false;
  #serial = 0;

  constructor(root: Schema, variant: Variant, plainArguments: ReadonlySet<string>) {
    this.#root = root;
    this.#variant = variant;
    this.#plainArguments = plainArguments;
  }

  generate(raw: unknown, depth: number): unknown {
    if (raw === false) throw new NothingFits('Nothing fits a schema that is `false`.');
    if (depth > maxRequiredDepth) throw new CannotGenerate('the required part does not end');
    const schema = this.#merged(raw, 0);
    if (schema.const !== undefined) return schema.const;
    if (Array.isArray(schema.enum)) return this.#pick(schema.enum, schema);
    this.#serial += 1;
    switch (typeOf(schema)) {
      case 'null':
        return null;
      case 'boolean':
        return this.#serial % 2 === 0;
      case 'integer':
      case 'number':
        return generateNumber(schema, this.#serial);
      case 'array':
        return this.#list(schema, depth);
      case 'object':
        return this.#object(schema, depth);
      default: {
        const text = generateText(schema, this.#serial, this.#isPlain);
        if (text === null) throw new CannotGenerate(`no text for ${String(schema.pattern)}`);
        return text;
      }
    }
  }

  /** The schema with its references followed, its `allOf` joined and the first usable alternative taken. */
  #merged(raw: unknown, round: number): Schema {
    if (!isObject(raw) || round > 32) return {};
    const { $ref, allOf, anyOf, oneOf, ...own } = raw;
    let schema: Schema = own;
    if (typeof $ref === 'string')
      schema = join(this.#merged(this.#resolve($ref), round + 1), schema);
    for (const part of Array.isArray(allOf) ? allOf : []) {
      schema = join(schema, this.#merged(part, round + 1));
    }
    for (const list of [anyOf, oneOf]) {
      if (!Array.isArray(list)) continue;
      const options = list.map((option) => this.#merged(option, round + 1));
      const values = options.map(valuesOf);
      if (values.every((known) => known !== null)) {
        schema = join(schema, { enum: values.flat() });
        continue;
      }
      const usable = options.find((option) => option.type !== 'null' && agree(schema, option));
      schema = join(schema, usable ?? options[0] ?? {});
    }
    return schema;
  }

  #resolve(ref: string): unknown {
    let at: unknown = this.#root;
    for (const token of ref.replace(/^#\/?/, '').split('/')) {
      if (token === '') continue;
      const key = decodeURIComponent(token).replaceAll('~1', '/').replaceAll('~0', '~');
      at = isObject(at) || Array.isArray(at) ? (at as Schema)[key] : undefined;
    }
    return at;
  }

  #pick(values: unknown[], schema: Schema): unknown {
    const fitting = values.filter((value) => value !== null && fitsType(value, schema.type));
    this.#serial += 1;
    return fitting.length === 0 ? values[0] : fitting[this.#serial % fitting.length];
  }

  #list(schema: Schema, depth: number): unknown[] {
    const least = typeof schema.minItems === 'number' ? schema.minItems : 0;
    const most = typeof schema.maxItems === 'number' ? schema.maxItems : Number.POSITIVE_INFINITY;
    const isBare = this.#variant === 'required' || depth > maxDepth;
    const wanted = Math.min(most, Math.max(least, isBare ? least : 2));
    const prefix = Array.isArray(schema.prefixItems) ? schema.prefixItems : [];
    const items: unknown[] = [];
    const seen = new Set<string>();
    for (let round = 0; items.length < wanted && round < wanted + 50; round += 1) {
      const item = this.generate(prefix[items.length] ?? schema.items ?? {}, depth + 1);
      const text = JSON.stringify(item);
      if (schema.uniqueItems === true && seen.has(text)) continue;
      seen.add(text);
      items.push(item);
    }
    if (items.length < least) throw new CannotGenerate('too few different items');
    return items;
  }

  #object(schema: Schema, depth: number): Schema {
    const properties = isObject(schema.properties) ? schema.properties : {};
    const required = new Set(Array.isArray(schema.required) ? schema.required.map(String) : []);
    const value: Schema = {};
    const excluded = this.#excluded(schema, required);
    const takesAll = this.#variant === 'everything' && depth <= maxDepth;
    for (const name of new Set([...required, ...(takesAll ? Object.keys(properties) : [])])) {
      if (properties[name] === false || excluded.has(name)) continue;
      const isNeeded = required.has(name);
      if (depth === 0) this.#isPlain = this.#plainArguments.has(name);
      try {
        value[name] = this.generate(properties[name] ?? openSchema(schema), depth + 1);
      } catch (error) {
        if (isNeeded || !(error instanceof CannotGenerate)) throw error;
      }
    }
    this.#addOpenMembers(schema, value, takesAll && Object.keys(properties).length === 0, depth);
    return value;
  }

  /** `not: { required: […] }` keeps members from standing together: one that is not needed is left out. */
  #excluded({ not }: Schema, required: Set<string>): Set<string> {
    const together = isObject(not) && Array.isArray(not.required) ? not.required.map(String) : [];
    const left = together.find((name) => !required.has(name));
    return new Set(left === undefined ? [] : [left]);
  }

  #addOpenMembers(schema: Schema, value: Schema, isWanted: boolean, depth: number): void {
    const least = typeof schema.minProperties === 'number' ? schema.minProperties : 0;
    const isClosed = schema.additionalProperties === false || schema.propertyNames !== undefined;
    const wanted = Math.max(least, isWanted && !isClosed ? 1 : 0);
    const properties = isObject(schema.properties) ? schema.properties : {};
    for (const name of Object.keys(properties)) {
      if (Object.keys(value).length >= wanted) return;
      if (!(name in value)) value[name] = this.generate(properties[name], depth + 1);
    }
    for (let index = 1; Object.keys(value).length < wanted; index += 1) {
      if (isClosed) throw new CannotGenerate('not enough members');
      value[`member${index}`] = this.generate(openSchema(schema), depth + 1);
    }
  }
}

function openSchema({ additionalProperties }: Schema): unknown {
  return isObject(additionalProperties) ? additionalProperties : {};
}

function join(a: Schema, b: Schema): Schema {
  const joined: Schema = { ...a, ...b };
  if (isObject(a.properties) && isObject(b.properties)) {
    const properties: Schema = { ...a.properties };
    for (const [name, schema] of Object.entries(b.properties)) {
      const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
      properties[name] = known === undefined ? schema : { allOf: [known, schema] };
    }
    joined.properties = properties;
  }
  if (Array.isArray(a.required) && Array.isArray(b.required)) {
    joined.required = [...new Set([...a.required, ...b.required])];
  }
  const [known, wanted] = [valuesOf(a), valuesOf(b)];
  if (known && wanted) {
    delete joined.const;
    joined.enum = known.filter((value) => wanted.includes(value));
  }
  if (a.type !== undefined && b.type !== undefined) {
    const types = [b.type].flat();
    const shared = [a.type].flat().filter((type) => types.includes(type));
    const isWhole = [a.type, b.type].flat().includes('integer');
    const isNumber = [a.type, b.type].flat().includes('number');
    if (shared.length > 0) joined.type = shared;
    else if (isWhole && isNumber) joined.type = 'integer';
    else throw new NothingFits(`No value is both ${String(a.type)} and ${String(b.type)}.`);
  }
  if (a.additionalProperties === false) joined.additionalProperties = false;
  return joined;
}

function agree(a: Schema, b: Schema): boolean {
  const [known, wanted] = [valuesOf(a), valuesOf(b)];
  if (known && wanted && !known.some((value) => wanted.includes(value))) return false;
  if (!agreeOnProperties(a, b)) return false;
  if (a.type === undefined || b.type === undefined) return true;
  const types = [b.type].flat();
  return [a.type].flat().some((type) => types.includes(type));
}

/** A discriminator is a property with one value. */
function agreeOnProperties(a: Schema, b: Schema): boolean {
  if (!isObject(a.properties) || !isObject(b.properties)) return true;
  const other = b.properties;
  return Object.entries(a.properties).every(([name, schema]) => {
    const counterpart = Object.hasOwn(other, name) ? other[name] : undefined;
    if (!isObject(schema) || !isObject(counterpart)) return true;
    const [known, wanted] = [valuesOf(schema), valuesOf(counterpart)];
    return !known || !wanted || known.some((value) => wanted.includes(value));
  });
}

function valuesOf(schema: Schema): unknown[] | null {
  if (schema.const !== undefined) return [schema.const];
  return Array.isArray(schema.enum) ? schema.enum : null;
}

function typeOf(schema: Schema): string {
  const types = [schema.type].flat().filter((type) => typeof type === 'string');
  const type = types.find((name) => name !== 'null') ?? types[0];
  if (type !== undefined) return type;
  if (schema.properties !== undefined || schema.required !== undefined) return 'object';
  if (schema.items !== undefined) return 'array';
  return schema.minimum !== undefined || schema.maximum !== undefined ? 'number' : 'string';
}

function fitsType(value: unknown, type: unknown): boolean {
  if (type === undefined) return true;
  const name = Array.isArray(value) ? 'array' : typeof value;
  return [type]
    .flat()
    .some((known) => known === name || (known === 'integer' && name === 'number'));
}

function generateNumber(schema: Schema, serial: number): number {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const isWhole = [schema.type].flat().includes('integer');
  const step = typeof multipleOf === 'number' && multipleOf > 0 ? multipleOf : 1;
  const low = Math.max(
    typeof minimum === 'number' ? minimum : Number.NEGATIVE_INFINITY,
    typeof exclusiveMinimum === 'number'
      ? exclusiveMinimum + (isWhole ? 1 : 1e-3)
      : Number.NEGATIVE_INFINITY,
  );
  const high = Math.min(
    typeof maximum === 'number' ? maximum : Number.POSITIVE_INFINITY,
    typeof exclusiveMaximum === 'number'
      ? exclusiveMaximum - (isWhole ? 1 : 1e-3)
      : Number.POSITIVE_INFINITY,
  );
  const from = Number.isFinite(low) ? low : Number.isFinite(high) ? Math.min(0, high) : 0;
  const aligned = isWhole || multipleOf !== undefined ? Math.ceil(from / step) * step : from;
  const room = Number.isFinite(high) ? Math.floor((high - aligned) / step) : 1_000;
  return aligned + (serial % (Math.max(0, Math.min(room, 1_000)) + 1)) * step;
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

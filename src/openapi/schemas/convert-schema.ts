import { childPointer } from '../json-pointer.js';
import { isFileSchema } from '../media-types.js';
import { describeValue, isObject, type RawObject, stringsOf } from '../plain-objects.js';
import type { ProblemCode } from '../problem-codes.js';
import type { RefTarget } from '../references/resolve-refs.js';
import type { Place, SpecFile } from '../references/spec-file.js';
import type { SpecContext } from '../spec-context.js';
import type { JsonSchema } from '../types.js';
import { adjustSchema, isNullable, toNullable } from './adjust-schema.js';
import { convertKeywords, type KeywordHost } from './convert-keywords.js';
import { DefinitionNames } from './definition-names.js';
import { keywordKinds } from './schema-keywords.js';
import { isSmallLeaf, SchemaReach } from './schema-reach.js';

/** Which way a value travels: `readOnly` properties are left out of requests, `writeOnly` ones out of responses. */
export type Direction = 'request' | 'response';

/** A schema that others refer to as `#/$defs/{name}`. Converted once per document and direction, then never changed. */
export type Definition = {
  id: number;
  name: string;
  raw: RawObject;
  place: Place;
  schema: JsonSchema;
  refs: readonly Definition[];
};

/** A converted schema and the definitions that it refers to directly. */
export type Fragment = { schema: JsonSchema; refs: readonly Definition[] };

/** The schema that another one is part of. */
export type SchemaOwner = { raw: RawObject; place: Place };

/** Definitions that are the same in both directions, by their raw schema: whichever converts one first leaves it here. */
export type TwoWayDefinitions = Map<RawObject, Definition>;

const noRefs: readonly Definition[] = [];
const annotations = new Set(['description', 'title', 'default', 'deprecated', 'writeOnly']);

/**
 * Turns Schema Objects of any version into JSON Schema 2020-12 that compiles. References become `#/$defs/…`, except for
 * small schemas without references, which are put in place. What it returns is shared: never change it.
 */
export class SchemaConverter {
  readonly #context: SpecContext;
  readonly #excludedBy: 'readOnly' | 'writeOnly';
  readonly #direction: Direction;
  readonly #fragments = new Map<object, Fragment>();
  readonly #definitions = new Map<object, Definition>();
  readonly #leaves = new Map<object, JsonSchema | null>();
  readonly #oneWayLeaves = new Set<JsonSchema>();
  readonly #twoWay: TwoWayDefinitions;
  readonly #names = new DefinitionNames();
  readonly #pending: Definition[] = [];
  readonly #reach: SchemaReach;

  // Of the conversion under way.
  #file: SpecFile;
  #base = '';
  #path: (string | number)[] = [];
  #refs: Set<Definition> | null = null;
  #root: RawObject = {};
  #owner: SchemaOwner;
  #inPlace = true;
  #dropped: ReadonlySet<string> | null = null;
  readonly #host: KeywordHost = {
    report: (keyword, message, code = 'INVALID_SCHEMA') => this.#problem(code, message, keyword),
    child: (raw, depth, inPlace, key, item) => this.#child(raw, depth, inPlace, key, item),
    isExcluded: (raw) => this.#reach.isExcluded(raw, this.#file),
    marksWriteOnly: () => this.#marksWriteOnly(),
  };

  constructor(context: SpecContext, direction: Direction, twoWay: TwoWayDefinitions) {
    this.#context = context;
    this.#twoWay = twoWay;
    this.#direction = direction;
    this.#excludedBy = direction === 'request' ? 'readOnly' : 'writeOnly';
    this.#file = context.files.root;
    this.#owner = { raw: this.#root, place: { file: this.#file, pointer: '' } };
    this.#reach = new SchemaReach(context.refs, this.#excludedBy);
  }

  /**
   * The schema at a place, converted; every definition that it reaches is converted too. `owner` is the schema that it was
   * taken out of, where it is a part of one.
   */
  fragment(raw: unknown, place: Place, owner?: SchemaOwner): Fragment {
    if (!isObject(raw)) return this.#convertRoot(raw, { raw: {}, place });
    const known = this.#fragments.get(raw);
    if (known) return known;
    const fragment = this.#convertRoot(raw, { raw, place }, owner);
    this.#fragments.set(raw, fragment);
    this.#convertPending();
    return fragment;
  }

  /** As `fragment`, with the content of a definition in place of a bare reference to it. */
  resolved(raw: unknown, place: Place): Fragment {
    const fragment = this.fragment(raw, place);
    const [definition] = fragment.refs;
    const isReference = fragment.schema.$ref !== undefined && keyCount(fragment.schema) === 1;
    return isReference && definition ? definition : fragment;
  }

  /** True for a property that this direction leaves out. */
  isExcluded(raw: unknown, file: SpecFile): boolean {
    return this.#reach.isExcluded(raw, file);
  }

  #convertRoot(raw: unknown, root: SchemaOwner, owner = root): Fragment {
    this.#file = root.place.file;
    this.#base = root.place.pointer;
    this.#path = [];
    this.#refs = null;
    this.#root = root.raw;
    this.#owner = owner;
    this.#inPlace = true;
    this.#dropped = null;
    const schema = this.#convert(raw, 0);
    return { schema, refs: this.#takeRefs() };
  }

  #takeRefs(): readonly Definition[] {
    return this.#refs === null ? noRefs : [...this.#refs];
  }

  #convertPending(): void {
    for (let next = this.#pending.pop(); next; next = this.#pending.pop()) {
      if (this.#adopt(next)) continue;
      this.#reach.metOneWay = false;
      const { schema, refs } = this.#convertRoot(next.raw, next);
      next.schema = schema;
      next.refs = refs;
      if (!this.#reach.metOneWay) this.#twoWay.set(next.raw, next);
    }
  }

  /** Takes over what the other direction made of a definition, where that is the same in this one. */
  #adopt(definition: Definition): boolean {
    const other = this.#twoWay.get(definition.raw);
    if (!other || !isSamePlace(other.place, definition.place)) return false;
    const refs = other.refs.map(({ raw, place }) => this.#definition(raw, place));
    if (refs.some(({ name }, at) => name !== other.refs[at]?.name)) return false;
    definition.schema = other.schema;
    definition.refs = refs;
    return true;
  }

  #convert(raw: unknown, depth: number): JsonSchema {
    if (!isObject(raw)) {
      if (raw === false) return { not: {} };
      if (raw !== true) {
        const what = describeValue(raw);
        this.#problem('INVALID_SCHEMA', `The schema is ${what}; expected an object.`);
      }
      return {};
    }
    if (depth > this.#context.limits.maxDepth) {
      const limit = this.#context.limits.maxDepth;
      this.#problem('TOO_DEEP', `Schemas nested over ${limit} levels are not read.`);
      return {};
    }
    if (!this.#context.takeNode()) {
      const limit = this.#context.limits.maxSchemaNodes;
      const place = { file: this.#context.files.root, pointer: '' };
      const message = `The document's schemas have over ${limit} parts; the rest accept any value.`;
      this.#context.problems.add('LIMIT_EXCEEDED', place, message, 'WARNING');
      return {};
    }
    if (raw.$ref !== undefined) return this.#convertRef(raw, depth);
    if (raw.$recursiveRef !== undefined || raw.$dynamicRef !== undefined) {
      return this.#convertDynamicRef(raw, depth);
    }
    return this.#convertKeywords(raw, depth);
  }

  #convertRef(raw: RawObject, depth: number): JsonSchema {
    const target = this.#resolve(raw.$ref);
    if (!target.ok) {
      this.#problem(target.code, target.message, '$ref');
      const note = `Any value: the reference ${JSON.stringify(raw.$ref)} could not be resolved.`;
      const kept = this.#keepsSiblings ? this.#convertKeywords(raw, depth) : {};
      const text = typeof raw.description === 'string' ? `${raw.description} (${note})` : note;
      return { ...kept, description: text };
    }
    const dropsRequired =
      this.#dropped !== null &&
      isObject(target.value) &&
      stringsOf(target.value.required).some((name) => this.#dropped?.has(name));
    if (dropsRequired) return this.#elsewhere(target, target.value, depth);
    return this.#withSiblings(this.#use(target, depth), raw, depth);
  }

  #resolve(ref: unknown) {
    const { refs } = this.#context;
    const isRef = this.#keepsSiblings ? isBareRef : isAnyRef;
    const target = refs.resolveChain(ref, this.#file, isRef);
    if (target.ok || target.code !== 'UNRESOLVED_REF' || typeof ref !== 'string') return target;
    if (!ref.startsWith('#/$defs/') && !ref.startsWith('#/definitions/')) return target;
    // Schemas that were written on their own keep their definitions beside them, not at the document's root.
    const { raw: value, place } = this.#owner;
    return refs.within({ ok: true, value, place }, ref) ?? target;
  }

  get #keepsSiblings(): boolean {
    return this.#context.dialect === '3.1' || this.#context.dialect === '3.2';
  }

  #use(target: RefTarget, depth: number): JsonSchema {
    const { value } = target;
    if (!isObject(value)) return this.#elsewhere(target, value, depth);
    const broken = this.#breakLoop(target, value, depth);
    if (broken) return broken;
    return this.#leaf(target, value, depth) ?? this.#refTo(value, target.place);
  }

  #leaf(target: RefTarget, value: RawObject, depth: number): JsonSchema | null {
    let leaf = this.#leaves.get(value);
    if (leaf === undefined) {
      leaf = isSmallLeaf(value) ? this.#convertLeaf(target, value, depth) : null;
      this.#leaves.set(value, leaf);
    }
    if (leaf && this.#oneWayLeaves.has(leaf)) this.#reach.metOneWay = true;
    return leaf;
  }

  #convertLeaf(target: RefTarget, value: RawObject, depth: number): JsonSchema {
    const dropped = this.#dropped;
    const metOneWay = this.#reach.metOneWay;
    this.#dropped = null;
    this.#reach.metOneWay = false;
    const leaf = this.#elsewhere(target, value, depth);
    if (this.#reach.metOneWay) this.#oneWayLeaves.add(leaf);
    this.#reach.metOneWay = metOneWay;
    this.#dropped = dropped;
    return leaf;
  }

  #refTo(raw: RawObject, place: Place): JsonSchema {
    const definition = this.#definition(raw, place);
    this.#refs ??= new Set();
    this.#refs.add(definition);
    return { $ref: `#/$defs/${definition.name}` };
  }

  #definition(raw: RawObject, place: Place): Definition {
    let definition = this.#definitions.get(raw);
    if (!definition) {
      const name = this.#names.next(place);
      definition = { id: this.#definitions.size, name, raw, place, schema: {}, refs: noRefs };
      this.#definitions.set(raw, definition);
      this.#pending.push(definition);
    }
    return definition;
  }

  /** A schema that refers to itself without a property or an item in between describes nothing: validators never end. */
  #breakLoop(target: RefTarget, value: RawObject, depth: number): JsonSchema | null {
    if (!this.#inPlace || !this.#reach.leadsTo(value, target.place.file, this.#root)) return null;
    const isUnion = Array.isArray(value.oneOf) || Array.isArray(value.anyOf);
    const keyword = this.#path.findLast((part) => typeof part === 'string');
    if (keyword === 'allOf' && isUnion) {
      const { oneOf: _, anyOf: __, ...own } = value;
      return this.#elsewhere(target, own, depth);
    }
    if (
      keyword !== 'allOf' &&
      this.#reach.leadsThroughAllOf(value, target.place.file, this.#root)
    ) {
      return null;
    }
    this.#problem('CIRCULAR_REF', 'The schema refers to itself with nothing in between.', '$ref');
    return {};
  }

  /** Converts a schema of another place in the middle of this one. */
  #elsewhere(target: RefTarget, value: unknown, depth: number): JsonSchema {
    const file = this.#file;
    const base = this.#base;
    const path = this.#path;
    this.#file = target.place.file;
    this.#base = target.place.pointer;
    this.#path = [];
    const schema = this.#convert(value, depth + 1);
    this.#file = file;
    this.#base = base;
    this.#path = path;
    return schema;
  }

  #withSiblings(base: JsonSchema, raw: RawObject, depth: number): JsonSchema {
    let keys = 0;
    let onlyNotes = true;
    for (const key in raw) {
      keys += 1;
      if (key !== '$ref' && !annotations.has(key) && keywordKinds.has(key)) onlyNotes = false;
    }
    if (keys === 1) return base;
    const notes: JsonSchema = {};
    for (const key of annotations) {
      if (key === 'description' ? typeof raw[key] === 'string' : raw[key] !== undefined) {
        if (key !== 'writeOnly' || (raw[key] === true && this.#marksWriteOnly())) {
          notes[key] = raw[key];
        }
      }
    }
    if (onlyNotes || !this.#keepsSiblings) {
      const noted = { ...base, ...notes };
      return isNullable(raw) ? toNullable(noted) : noted;
    }
    const own = this.#convertKeywords(raw, depth);
    if (base.$ref !== undefined && own.$ref === undefined) return { ...own, ...base };
    const allOf = Array.isArray(own.allOf) ? [...own.allOf, base] : [base];
    return { ...own, allOf };
  }

  #convertDynamicRef(raw: RawObject, depth: number): JsonSchema {
    const ref = raw.$dynamicRef ?? raw.$recursiveRef;
    if (ref !== '#') {
      const { $dynamicRef: _, $recursiveRef: __, ...rest } = raw;
      return this.#convert({ ...rest, $ref: ref }, depth);
    }
    if (this.#inPlace && this.#owner.raw === this.#root) {
      this.#problem('CIRCULAR_REF', 'The schema refers to itself with nothing in between.');
      return {};
    }
    return this.#withSiblings(this.#refTo(this.#owner.raw, this.#owner.place), raw, depth);
  }

  #convertKeywords(raw: RawObject, depth: number): JsonSchema {
    const outerDropped = this.#dropped;
    if (Array.isArray(raw.allOf)) {
      this.#dropped = this.#reach.excludedNames(raw, this.#file, outerDropped);
    }
    const schema = convertKeywords(raw, depth, this.#host, this.#dropped);
    this.#dropped = outerDropped;
    return adjustSchema(schema, raw, this.#isFile(raw));
  }

  #marksWriteOnly(): boolean {
    this.#reach.metOneWay = true;
    return this.#direction === 'request';
  }

  /** Files travel as text in requests; what they are in answers only 2.0 says. */
  #isFile(raw: RawObject): boolean {
    if (!isFileSchema(raw)) return false;
    this.#reach.metOneWay = true;
    return raw.type === 'file' || this.#direction === 'request';
  }

  #child(raw: unknown, depth: number, inPlace: boolean, key: string, item?: string | number) {
    const outerInPlace = this.#inPlace;
    const outerDropped = this.#dropped;
    this.#inPlace = inPlace && outerInPlace;
    if (!inPlace) this.#dropped = null;
    this.#path.push(key);
    if (item !== undefined) this.#path.push(item);
    const schema = this.#convert(raw, depth + 1);
    if (item !== undefined) this.#path.pop();
    this.#path.pop();
    this.#inPlace = outerInPlace;
    this.#dropped = outerDropped;
    return schema;
  }

  #problem(code: ProblemCode, message: string, key?: string): void {
    const pointer = childPointer(this.#base, ...this.#path, ...(key === undefined ? [] : [key]));
    this.#context.problems.add(code, { file: this.#file, pointer }, message);
  }
}

function isAnyRef(value: unknown): value is RawObject {
  return isObject(value) && value.$ref !== undefined;
}

function isBareRef(value: unknown): value is RawObject {
  if (!isAnyRef(value)) return false;
  return !Object.keys(value).some((key) => keywordKinds.has(key) && !annotations.has(key));
}

function isSamePlace(a: Place, b: Place): boolean {
  return a.file === b.file && a.pointer === b.pointer;
}

function keyCount(schema: JsonSchema): number {
  return Object.keys(schema).length;
}

import { isObject, type RawObject } from '../plain-objects.js';
import type { RefResolver } from '../references/resolve-refs.js';
import type { SpecFile } from '../references/spec-file.js';
import { inPlaceKeywords } from './schema-keywords.js';

type Size = { parts: number; text: number };

const smallLeaf: Size = { parts: 24, text: 160 };

/** True for a schema that is short and refers to nothing, so that a copy of it costs no more than a reference. */
export function isSmallLeaf(raw: RawObject): boolean {
  return isLeafWithin(raw, smallLeaf, isExample);
}

/** True for a value that refers to nothing and has no more values, and characters in its strings and names, than `max`. */
export function isLeafWithin(
  raw: RawObject,
  max: Size,
  isLeftOut: (key: string) => boolean = () => false,
): boolean {
  let parts = 0;
  let text = 0;
  const pending: unknown[] = [raw];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    parts += 1;
    if (typeof at === 'string') text += at.length;
    if (parts > max.parts || text > max.text) return false;
    if (typeof at !== 'object' || at === null) continue;
    if (Array.isArray(at)) {
      if (at.length > max.parts) return false;
      pending.push(...at);
      continue;
    }
    for (const key in at) {
      if (key === '$ref' || key === '$recursiveRef' || key === '$dynamicRef') return false;
      text += key.length;
      if (!isLeftOut(key)) pending.push((at as RawObject)[key]);
    }
  }
  return true;
}

function isExample(key: string): boolean {
  return key === 'example' || key === 'examples' || key.startsWith('x-');
}

/** Questions about raw schemas that need references followed. */
export class SchemaReach {
  readonly #refs: RefResolver;
  readonly #excludedBy: 'readOnly' | 'writeOnly';
  /** Set as soon as one of the properties that are asked about travels in one direction only. */
  metOneWay = false;

  constructor(refs: RefResolver, excludedBy: 'readOnly' | 'writeOnly') {
    this.#refs = refs;
    this.#excludedBy = excludedBy;
  }

  /** Whether a property is left out: it says so itself, or the schema that it refers to does. */
  isExcluded(raw: unknown, file: SpecFile): boolean {
    if (!isObject(raw)) return false;
    if (isOneWay(raw)) {
      this.metOneWay = true;
      if (raw[this.#excludedBy] === true) return true;
    }
    if (typeof raw.$ref !== 'string') return false;
    const target = this.#refs.resolveChain(raw.$ref, file);
    if (!target.ok || !isObject(target.value) || !isOneWay(target.value)) return false;
    this.metOneWay = true;
    return target.value[this.#excludedBy] === true;
  }

  /** Names of the properties that are left out by the schema or by any part of its `allOf`, added to `outer`. */
  excludedNames(
    raw: RawObject,
    file: SpecFile,
    outer: ReadonlySet<string> | null,
  ): ReadonlySet<string> | null {
    const names = new Set(outer);
    this.#walk(raw, file, ['allOf'], (schema, place) => {
      if (!isObject(schema.properties)) return false;
      for (const [name, property] of Object.entries(schema.properties)) {
        if (this.isExcluded(property, place)) names.add(name);
      }
      return false;
    });
    return names.size > 0 ? names : null;
  }

  /** Whether `to` applies to the very instance that `from` applies to. */
  leadsTo(from: RawObject, file: SpecFile, to: RawObject): boolean {
    return this.#walk(from, file, inPlaceKeywords, (schema) => schema === to);
  }

  /** Whether some way from `from` to `to` goes through an `allOf`, which the converter cuts. */
  leadsThroughAllOf(from: RawObject, file: SpecFile, to: RawObject): boolean {
    const unions = ['anyOf', 'oneOf'] as const;
    return (
      this.leadsTo(from, file, to) && !this.#walk(from, file, unions, (schema) => schema === to)
    );
  }

  /** Depth first over the schemas that apply in place; ends with true as soon as `visit` says so. */
  #walk(
    from: RawObject,
    fromFile: SpecFile,
    keywords: readonly (typeof inPlaceKeywords)[number][],
    visit: (schema: RawObject, file: SpecFile) => boolean,
  ): boolean {
    const seen = new Set<object>();
    const pending: { schema: unknown; file: SpecFile }[] = [{ schema: from, file: fromFile }];
    for (let at = pending.pop(); at; at = pending.pop()) {
      const { schema, file } = at;
      if (!isObject(schema) || seen.has(schema)) continue;
      seen.add(schema);
      if (visit(schema, file)) return true;
      if (typeof schema.$ref === 'string') {
        const target = this.#refs.resolve(schema.$ref, file);
        if (target.ok) pending.push({ schema: target.value, file: target.place.file });
      }
      for (const keyword of keywords) {
        const list = schema[keyword];
        if (Array.isArray(list)) for (const item of list) pending.push({ schema: item, file });
      }
    }
    return false;
  }
}

function isOneWay(raw: RawObject): boolean {
  return raw.readOnly === true || raw.writeOnly === true;
}

import { childPointer, decodeFragment, pointerTokens } from '../json-pointer.js';
import { describeValue, getOwn, isObject, type RawObject } from '../plain-objects.js';
import { SchemaIdentifiers } from './schema-identifiers.js';
import type { Place, SpecFile, SpecFiles } from './spec-file.js';

export type RefFailure = {
  ok: false;
  code: 'UNRESOLVED_REF' | 'REF_UNAVAILABLE' | 'INVALID_REF' | 'CIRCULAR_REF';
  message: string;
};

export type RefTarget = { ok: true; value: unknown; place: Place };

export type Resolution = RefTarget | RefFailure;

const maxHops = 100;

/**
 * Follows `$ref`s: JSON pointers with `~0 ~1 %xx`, anchors and `$id`s, into other files, and through further `$ref`s on
 * the way. Pure: a file that is not at hand is noted as wanted. Answers are remembered per file and reference.
 */
export class RefResolver {
  readonly #files: SpecFiles;
  readonly #known = new Map<SpecFile, Map<string, Resolution>>();
  readonly #identifiers = new SchemaIdentifiers();

  constructor(files: SpecFiles) {
    this.#files = files;
  }

  /** What one `$ref` points at; that may be another `$ref`. */
  resolve(ref: unknown, from: SpecFile): Resolution {
    if (typeof ref !== 'string') {
      return failure('INVALID_REF', `"$ref" is ${describeValue(ref)}; expected a string.`);
    }
    let known = this.#known.get(from);
    if (!known) {
      known = new Map();
      this.#known.set(from, known);
    }
    const before = known.get(ref);
    if (before) return before;
    // Stands while the reference is being followed, so that one that passes through itself ends.
    known.set(ref, failure('CIRCULAR_REF', `The reference "${ref}" leads back to itself.`));
    const resolution = this.#locate(ref, from);
    known.set(ref, resolution);
    return resolution;
  }

  /** Follows a chain of references to the first object that `isRef` does not take for one. */
  resolveChain(
    ref: unknown,
    from: SpecFile,
    isRef: (value: unknown) => value is RawObject = hasRef,
  ): Resolution {
    let resolution = this.resolve(ref, from);
    if (!resolution.ok || !isRef(resolution.value)) return resolution;
    const seen = new Set<unknown>();
    while (resolution.ok && isRef(resolution.value)) {
      if (seen.has(resolution.value)) {
        return failure('CIRCULAR_REF', `The reference "${String(ref)}" leads back to itself.`);
      }
      seen.add(resolution.value);
      resolution = this.resolve(resolution.value.$ref, resolution.place.file);
    }
    return resolution;
  }

  /** What a `#/…` reference points at when it is read from a schema instead of from the root of its file. */
  within(schema: RefTarget, ref: string): RefTarget | null {
    return this.#walk(schema, pointerTokens(decodeFragment(ref.slice(1))) ?? []);
  }

  #locate(ref: string, from: SpecFile): Resolution {
    const hash = ref.indexOf('#');
    const address = hash === -1 ? ref : ref.slice(0, hash);
    const fragment = hash === -1 ? '' : ref.slice(hash + 1);
    if (address === '') return this.#inFile(ref, fragment, { file: from, pointer: '' });
    const known = this.#identifiers.id(address, this.#baseOf(from), this.#files.root);
    if (known) return this.#inFile(ref, fragment, known.place);
    const base = this.#baseOf(from);
    if (!URL.canParse(address, base ?? undefined)) {
      const reason =
        base === null
          ? 'cannot be followed: the document was not loaded from a URL'
          : 'is not a URL or a relative reference';
      return failure('UNRESOLVED_REF', `The reference "${ref}" ${reason}.`);
    }
    const found = this.#files.find(new URL(address, base ?? undefined).href);
    if (!found.file) {
      return failure(found.code, `The reference "${ref}" cannot be followed. ${found.reason}`);
    }
    if (found.file.root === undefined) {
      return failure('UNRESOLVED_REF', `The file of the reference "${ref}" cannot be read.`);
    }
    return this.#inFile(ref, fragment, { file: found.file, pointer: '' });
  }

  #baseOf(file: SpecFile): string | null {
    return file.isRoot ? this.#files.base : file.url;
  }

  #inFile(ref: string, fragment: string, base: Place): Resolution {
    const decoded = decodeFragment(fragment);
    const tokens = pointerTokens(decoded);
    if (!tokens) {
      const anchored = this.#identifiers.anchor(decoded, base.file);
      return anchored ?? missing(ref);
    }
    const start: RefTarget = {
      ok: true,
      value: base.pointer === '' ? base.file.root : this.#valueAt(base),
      place: base,
    };
    const found = this.#walk(start, tokens);
    if (found || decoded === fragment) return found ?? missing(ref);
    return this.#walk(start, pointerTokens(fragment) ?? []) ?? missing(ref);
  }

  #valueAt(place: Place): unknown {
    const start: RefTarget = {
      ok: true,
      value: place.file.root,
      place: { file: place.file, pointer: '' },
    };
    return this.#walk(start, pointerTokens(place.pointer) ?? [])?.value;
  }

  #walk(start: RefTarget, tokens: string[]): RefTarget | null {
    let at = start;
    let hops = 0;
    for (const token of tokens) {
      let next = step(at.value, token);
      while (next === undefined && hasRef(at.value) && hops < maxHops) {
        hops += 1;
        const through = this.resolve(at.value.$ref, at.place.file);
        if (!through.ok) return null;
        at = through;
        next = step(at.value, token);
      }
      if (next === undefined) return null;
      const place = { file: at.place.file, pointer: childPointer(at.place.pointer, token) };
      at = { ok: true, value: next, place };
    }
    return at;
  }
}

export function hasRef(value: unknown): value is RawObject {
  return isObject(value) && Object.hasOwn(value, '$ref');
}

function step(value: unknown, token: string): unknown {
  if (Array.isArray(value)) return /^\d+$/.test(token) ? value[Number(token)] : undefined;
  return isObject(value) ? getOwn(value, token) : undefined;
}

function failure(code: RefFailure['code'], message: string): RefFailure {
  return { ok: false, code, message };
}

function missing(ref: string): RefFailure {
  return failure('UNRESOLVED_REF', `The reference "${ref}" points at nothing.`);
}

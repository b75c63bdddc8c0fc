import { encodeToken } from '../json-pointer.js';
import { isObject } from '../plain-objects.js';
import type { RefTarget } from './resolve-refs.js';
import type { SpecFile } from './spec-file.js';

type FileIdentifiers = { anchors: Map<string, RefTarget>; ids: Map<string, RefTarget> };

/**
 * `$anchor`, `$dynamicAnchor` and `$id` of the schemas of a file (JSON Schema 2020-12 section 8.2). A file is searched
 * once, and only when a reference cannot be a plain JSON pointer.
 */
export class SchemaIdentifiers {
  readonly #files = new Map<SpecFile, FileIdentifiers>();

  anchor(name: string, file: SpecFile): RefTarget | null {
    return this.#of(file).anchors.get(name) ?? null;
  }

  /** A schema of `file` whose `$id` is `address`, either as written or resolved against `base`. */
  id(address: string, base: string | null, file: SpecFile): RefTarget | null {
    const { ids } = this.#of(file);
    if (ids.size === 0) return null;
    return ids.get(address) ?? ids.get(absolute(address, base)) ?? null;
  }

  #of(file: SpecFile): FileIdentifiers {
    const known = this.#files.get(file);
    if (known) return known;
    const found = findIdentifiers(file);
    this.#files.set(file, found);
    return found;
  }
}

function findIdentifiers(file: SpecFile): FileIdentifiers {
  const anchors = new Map<string, RefTarget>();
  const ids = new Map<string, RefTarget>();
  const seen = new Set<object>();
  const pending: { value: unknown; pointer: string }[] = [{ value: file.root, pointer: '' }];
  for (let at = pending.pop(); at; at = pending.pop()) {
    const { value, pointer } = at;
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    if (isObject(value)) {
      const target: RefTarget = { ok: true, value, place: { file, pointer } };
      for (const name of [value.$anchor, value.$dynamicAnchor]) {
        if (typeof name === 'string' && !anchors.has(name)) anchors.set(name, target);
      }
      if (typeof value.$id === 'string' && value.$id !== '' && !value.$id.startsWith('#')) {
        for (const id of [value.$id, absolute(value.$id, file.url)]) {
          if (!ids.has(id)) ids.set(id, target);
        }
      }
    }
    for (const [key, child] of Object.entries(value)) {
      if (typeof child === 'object' && child !== null) {
        pending.push({ value: child, pointer: `${pointer}/${encodeToken(key)}` });
      }
    }
  }
  return { anchors, ids };
}

function absolute(address: string, base: string | null): string {
  if (!URL.canParse(address, base ?? undefined)) return address;
  const url = new URL(address, base ?? undefined);
  url.hash = '';
  return url.href;
}

import { hash } from 'node:crypto';
import { pointerTokens } from '../json-pointer.js';
import type { Place } from '../references/spec-file.js';

const maxLength = 100;

/**
 * Names for `$defs`: the component's own where it is plain, else its last part and a hash of where it stands, so that a
 * name does not depend on what was met before.
 */
export class DefinitionNames {
  readonly #taken = new Set<string>();

  next(place: Place): string {
    let name = nameOf(place);
    for (let round = 0; this.#taken.has(name); round += 1) {
      name = `${name.slice(0, maxLength)}_${shortHash(`${round} ${place.file.url} ${place.pointer}`)}`;
    }
    this.#taken.add(name);
    return name;
  }
}

function nameOf({ file, pointer }: Place): string {
  const tokens = pointerTokens(pointer) ?? [];
  const last = tokens.at(-1) ?? file.url?.split('/').at(-1) ?? 'Document';
  const holder = tokens.slice(0, -1).join('/');
  const isComponent = holder === 'components/schemas' || holder === 'definitions';
  const clean = last.replace(/[^A-Za-z0-9._-]+/g, '_').slice(0, maxLength);
  if (file.isRoot && isComponent && clean === last) return clean;
  return `${clean}_${shortHash(`${file.isRoot ? '' : file.url}#${pointer}`)}`;
}

export function shortHash(text: string): string {
  return hash('sha256', text).slice(0, 8);
}

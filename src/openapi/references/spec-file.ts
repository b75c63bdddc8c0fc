import { readDocument } from '../read-document.js';
import type { SpecProblem } from '../types.js';

/** One file of a document, read. */
export type SpecFile = {
  /** Absolute; null for a root document that was not loaded from a URL. */
  url: string | null;
  isRoot: boolean;
  root: unknown;
  problems: SpecProblem[];
  linesOf(pointers: readonly string[]): (number | null)[];
};

/** Where something stands: a JSON pointer into one of the files. */
export type Place = { file: SpecFile; pointer: string };

export type FoundFile =
  | { file: SpecFile }
  | { file: null; code: 'REF_UNAVAILABLE' | 'UNRESOLVED_REF'; reason: string };

export type SpecFilesInput = {
  body: string | Uint8Array;
  url: string | null;
  files?: Record<string, string | Uint8Array>;
  unavailable?: Record<string, string>;
};

/** The root document and the files that its references reach, each read once and only when it is reached. */
export class SpecFiles {
  readonly root: SpecFile;
  /** What relative references of the root resolve against: its `$self` (OpenAPI 3.2), else its URL. */
  readonly base: string | null;
  readonly #wanted = new Set<string>();
  readonly #read = new Map<string, SpecFile>();
  readonly #input: SpecFilesInput;

  constructor(input: SpecFilesInput) {
    this.#input = input;
    this.root = readFile(input.body, input.url, true);
    this.base = selfOf(this.root) ?? input.url;
    if (input.url !== null) this.#read.set(input.url, this.root);
    if (this.base !== null) this.#read.set(this.base, this.root);
  }

  /** Absolute URLs that were asked for and are neither given nor known to be unavailable. */
  get wanted(): string[] {
    return [...this.#wanted].sort();
  }

  get all(): SpecFile[] {
    return [...new Set([this.root, ...this.#read.values()])];
  }

  /** The file at an absolute URL without a fragment. */
  find(url: string): FoundFile {
    const known = this.#read.get(url);
    if (known) return { file: known };
    const { files = {}, unavailable = {} } = this.#input;
    if (Object.hasOwn(files, url)) {
      const file = readFile(files[url] ?? '', url, false);
      this.#read.set(url, file);
      return { file };
    }
    if (Object.hasOwn(unavailable, url)) {
      return { file: null, code: 'REF_UNAVAILABLE', reason: unavailable[url] ?? '' };
    }
    this.#wanted.add(url);
    return { file: null, code: 'UNRESOLVED_REF', reason: 'The file has not been loaded.' };
  }
}

function readFile(body: string | Uint8Array, url: string | null, isRoot: boolean): SpecFile {
  const { document, problems, linesOf } = readDocument(body);
  return { url, isRoot, root: document, problems, linesOf };
}

function selfOf(file: SpecFile): string | null {
  const root = file.root;
  if (typeof root !== 'object' || root === null || !('$self' in root)) return null;
  if (typeof root.$self !== 'string' || !URL.canParse(root.$self, file.url ?? undefined)) {
    return null;
  }
  const url = new URL(root.$self, file.url ?? undefined);
  url.hash = '';
  return url.href;
}

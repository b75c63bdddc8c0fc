import { type ProblemCode, problemCodes } from './problem-codes.js';
import type { Place } from './references/spec-file.js';
import type { ProblemSeverity, SpecProblem } from './types.js';

type Entry = { code: string; severity: ProblemSeverity; message: string; place: Place };

/** How often a code was found with a severity that costs points, and where first. */
export type ProblemCount = { code: string; count: number; pointer: string };

/** Collects findings in the order in which they are made; the same finding at the same place counts once. */
export class ProblemLog {
  readonly #entries: Entry[] = [];
  readonly #read: SpecProblem[] = [];
  readonly #seen = new Set<string>();
  readonly #listed = new Map<string, number>();
  readonly #hidden = new Map<string, { count: number; place: Place }>();
  readonly #costly = new Map<string, ProblemCount>();
  readonly #maxPerCode: number;

  constructor(maxPerCode: number) {
    this.#maxPerCode = maxPerCode;
  }

  add(code: ProblemCode, place: Place, message: string, severity?: ProblemSeverity): void {
    const key = `${code} ${place.file.url ?? ''}#${place.pointer} ${message}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    const entry = { code, severity: severity ?? problemCodes[code].severity, message, place };
    if (entry.severity !== 'INFO') this.#count(code, pointerOf(place));
    const listed = this.#listed.get(code) ?? 0;
    if (listed < this.#maxPerCode) {
      this.#listed.set(code, listed + 1);
      this.#entries.push(entry);
    } else {
      const hidden = this.#hidden.get(code);
      if (hidden) hidden.count += 1;
      else this.#hidden.set(code, { count: 1, place });
    }
  }

  /** How many findings were made, listed or not. */
  get count(): number {
    return this.#seen.size;
  }

  /** Takes over what the reader of a file found; `prefix` goes before each pointer. */
  addRead(problems: SpecProblem[], prefix: string): void {
    for (const problem of problems) {
      const pointer = prefix + problem.pointer;
      this.#read.push(prefix === '' ? problem : { ...problem, pointer });
      if (problem.severity !== 'INFO') this.#count(problem.code, pointer);
    }
  }

  /** Counts of the codes that cost points, in the order in which they were first found. */
  get costly(): ProblemCount[] {
    return [...this.#costly.values()];
  }

  list(): SpecProblem[] {
    const hidden = [...this.#hidden].map(
      ([code, { count, place }]): Entry => ({
        code: 'MORE_PROBLEMS',
        message: `${count} more problems of code ${code} are not listed; the first of them is here.`,
        severity: 'INFO',
        place,
      }),
    );
    const entries = [...this.#entries, ...hidden];
    const lines = linesOf(entries.map(({ place }) => place));
    const listed = entries.map(({ place, ...problem }) => ({
      ...problem,
      pointer: pointerOf(place),
      line: lines.get(place) ?? null,
    }));
    return [...this.#read, ...listed];
  }

  #count(code: string, pointer: string): void {
    const known = this.#costly.get(code);
    if (known) known.count += 1;
    else this.#costly.set(code, { code, count: 1, pointer });
  }
}

/** The pointer as published: prefixed with the file's URL where that is not the root document. */
export function pointerOf(place: Place): string {
  return place.file.isRoot ? place.pointer : `${place.file.url}#${place.pointer}`;
}

/** The lines of places, asked of each file at once. */
function linesOf(places: Place[]): Map<Place, number | null> {
  const lines = new Map<Place, number | null>();
  for (const [file, inFile] of Map.groupBy(places, (place) => place.file)) {
    const found = file.linesOf(inFile.map(({ pointer }) => pointer));
    inFile.forEach((place, at) => {
      lines.set(place, found[at] ?? null);
    });
  }
  return lines;
}

import type { QueryTerm } from './parse-query.js';
import { type SearchField, searchFields } from './search-document.js';
import { actionStems } from './synonyms.js';

/** A term with what is known of it among the tools that are searched. */
export type WeighedTerm = QueryTerm & {
  /** How telling it is. */
  importance: number;
  /** How many tools have each lexeme: see `headLexeme`. */
  counts: ReadonlyMap<string, number>;
};

/** Where a term was found, and by which stem. */
export type TermMatch = { term: number; field: SearchField; stem: string };

/** `score`: from 0, nothing was found, to 1. It compares tools for one question, not questions. */
export type Ranking = { score: number; matches: TermMatch[] };

/** Stems of a question, made to be looked for in many documents. */
export type StemIndex = {
  /** For each stem the terms that it stands for, and how well. */
  standing: ReadonlyMap<string, readonly { term: number; factor: number }[]>;
  /** 1 where any stem has such a beginning and length: see `shapeOf`. Most words of a document are told by it. */
  shapes: Uint8Array;
};

/** `slope`: how much a field that is longer than usual counts less. See docs/decisions/020-search.md. */
const fields: Record<SearchField, { weight: number; usualLength: number; slope: number }> = {
  source: { weight: 1.6, usualLength: 2, slope: 0 },
  name: { weight: 2.2, usualLength: 5, slope: 0.35 },
  title: { weight: 3.2, usualLength: 8, slope: 0.45 },
  place: { weight: 0.9, usualLength: 8, slope: 0.3 },
  parameters: { weight: 0.35, usualLength: 8, slope: 0.4 },
  text: { weight: 0.43, usualLength: 40, slope: 0.4 },
};
const saturation = 1.2;
const precisionWeight = 0.4;
const headFields: ReadonlySet<SearchField> = new Set(['name', 'title']);
const bodyFields: ReadonlySet<SearchField> = new Set(['parameters', 'text']);

/**
 * How well a tool answers a question, after BM25F (Robertson and Zaragoza, "The Probabilistic Relevance Framework",
 * 2009): for each term the best match of each field, weighed by the field and its length, saturated, times the term's
 * importance. What covers more of the question, and whose name or title has little else, comes first. `document` is as
 * `serializeDocument` writes it.
 */
export function rankDocument(
  terms: readonly WeighedTerm[],
  stems: StemIndex,
  document: string,
): Ranking {
  const found = new Found(terms);
  let from = 0;
  for (const field of searchFields) {
    const next = document.indexOf('\n', from);
    const end = next < 0 ? document.length : next;
    found.add(field, matchField(stems, document, from, end));
    from = end + 1;
  }
  return { score: found.score(), matches: found.matches };
}

export function indexStems(terms: readonly QueryTerm[]): StemIndex {
  const standing = new Map<string, { term: number; factor: number }[]>();
  const shapes = new Uint8Array(firstCharacters * maxLength);
  terms.forEach(({ stems }, term) => {
    for (const [stem, factor] of stems) {
      const found = standing.get(stem) ?? [];
      standing.set(stem, found);
      found.push({ term, factor });
      shapes[shapeOf(stem.charCodeAt(0), stem.length)] = 1;
    }
  });
  return { standing, shapes };
}

const firstCharacters = 128;
const maxLength = 64;

function shapeOf(firstCharacter: number, length: number): number {
  return (firstCharacter % firstCharacters) * maxLength + Math.min(length, maxLength - 1);
}

type FieldMatch = {
  best: Map<number, { factor: number; stem: string }>;
  /** How many of the field's stems stand for any term. */
  matching: number;
  length: number;
};

const space = 32;

/** What stands between two places of a document, stem by stem without taking it apart. */
function matchField(
  { standing, shapes }: StemIndex,
  document: string,
  from: number,
  end: number,
): FieldMatch {
  const found: FieldMatch = { best: new Map(), matching: 0, length: 0 };
  let start = from;
  for (let at = from; at <= end && from < end; at += 1) {
    if (at < end && document.charCodeAt(at) !== space) continue;
    found.length += 1;
    if (shapes[shapeOf(document.charCodeAt(start), at - start)] === 1) {
      const stem = document.slice(start, at);
      const terms = standing.get(stem);
      if (terms) addMatch(found, stem, terms);
    }
    start = at + 1;
  }
  return found;
}

function addMatch(
  found: FieldMatch,
  stem: string,
  terms: readonly { term: number; factor: number }[],
): void {
  found.matching += 1;
  for (const { term, factor } of terms) {
    if (factor > (found.best.get(term)?.factor ?? 0)) found.best.set(term, { factor, stem });
  }
}

/** What was found of each term, field by field. */
class Found {
  readonly matches: TermMatch[] = [];
  private readonly strengths: number[];
  private readonly covered: number[];
  /** Terms that name the source: every tool of it has them, and what else has them tells nothing more. */
  private readonly naming = new Set<number>();
  private precision = 0;

  constructor(private readonly terms: readonly WeighedTerm[]) {
    this.strengths = terms.map(() => 0);
    this.covered = terms.map(() => 0);
  }

  add(field: SearchField, { best, matching, length }: FieldMatch): void {
    if (headFields.has(field) && length > 0) {
      this.precision = Math.max(this.precision, matching / length);
    }
    const { weight, usualLength, slope } = fields[field];
    const norm = 1 - slope + (slope * length) / usualLength;
    for (const [term, { factor, stem }] of best) {
      this.matches.push({ term, field, stem });
      this.covered[term] = Math.max(this.covered[term] ?? 0, factor);
      if (this.naming.has(term) || this.isAside(term, field)) continue;
      if (field === 'source') this.naming.add(term);
      this.strengths[term] = (this.strengths[term] ?? 0) + (weight * factor) / norm;
    }
  }

  score(): number {
    let sum = 0;
    let covered = 0;
    let whole = 0;
    this.terms.forEach(({ importance }, term) => {
      const strength = this.strengths[term] ?? 0;
      sum += (importance * strength) / (saturation + strength);
      covered += importance * (this.covered[term] ?? 0);
      whole += importance;
    });
    if (whole === 0) return 0;
    const precise = (1 + precisionWeight * this.precision) / (1 + precisionWeight);
    return (sum / whole) * (covered / whole) * precise;
  }

  /** What a tool does stands in its name or its title; elsewhere such words are said of something else. */
  private isAside(term: number, field: SearchField): boolean {
    return bodyFields.has(field) && actionStems.has(this.terms[term]?.stem ?? '');
  }
}

import type { QueryTerm } from './parse-query.js';
import { type SearchDocument, type SearchField, searchFields } from './search-document.js';
import { actionStems } from './synonyms.js';

/** A term with what is known of it among the tools that are searched. */
export type WeighedTerm = QueryTerm & {
  /** How many tools have any of its stems, at most. */
  tools: number;
  /** How telling it is. */
  importance: number;
};

/** Where a term was found, and by which stem. */
export type TermMatch = { term: number; field: SearchField; stem: string };

/** `score`: from 0, nothing was found, to 1. It compares tools for one question, not questions. */
export type Ranking = { score: number; matches: TermMatch[] };

/** For each stem the terms that it stands for, and how well. */
export type StemIndex = ReadonlyMap<string, readonly { term: number; factor: number }[]>;

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
 * importance. What covers more of the question, and whose name or title has little else, comes first.
 */
export function rankDocument(
  terms: readonly WeighedTerm[],
  byStem: StemIndex,
  document: SearchDocument,
): Ranking {
  const found = new Found(terms);
  for (const field of searchFields) found.add(field, matchField(byStem, document[field]));
  return { score: found.score(), matches: found.matches };
}

export function indexStems(terms: readonly QueryTerm[]): StemIndex {
  const index = new Map<string, { term: number; factor: number }[]>();
  terms.forEach(({ stems }, term) => {
    for (const [stem, factor] of stems) {
      const standing = index.get(stem) ?? [];
      index.set(stem, standing);
      standing.push({ term, factor });
    }
  });
  return index;
}

type FieldMatch = {
  best: Map<number, { factor: number; stem: string }>;
  /** How many of the field's stems stand for any term. */
  matching: number;
  length: number;
};

function matchField(byStem: StemIndex, stems: readonly string[]): FieldMatch {
  const best: FieldMatch['best'] = new Map();
  let matching = 0;
  for (const stem of stems) {
    const standing = byStem.get(stem);
    if (!standing) continue;
    matching += 1;
    for (const { term, factor } of standing) {
      if (factor > (best.get(term)?.factor ?? 0)) best.set(term, { factor, stem });
    }
  }
  return { best, matching, length: stems.length };
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

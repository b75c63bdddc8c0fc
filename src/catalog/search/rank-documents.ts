import type { QueryTerm } from './parse-query.js';
import { actionStems } from './synonyms.js';
import { type SearchDocument, type SearchField, searchFields } from './search-document.js';

/** A term with what the catalog says of it. */
export type WeighedTerm = QueryTerm & {
  /** How telling it is: grows with its rarity. */
  importance: number;
};

export type TermMatch = { term: number; field: SearchField; stem: string };

export type Ranking = { score: number; matches: TermMatch[] };

export const tuning = {
  weights: { name: 2.2, title: 2.6, source: 1.6, place: 0.9, parameters: 0.35, text: 0.55 } as Record<SearchField, number>,
  usual: { name: 5, title: 8, source: 2, place: 8, parameters: 8, text: 40 } as Record<SearchField, number>,
  slope: { name: 0.35, title: 0.45, source: 0, place: 0.3, parameters: 0.4, text: 0.5 } as Record<SearchField, number>,
  saturation: 1.2,
  coverage: 1,
  actionInText: 0.3,
};

/**
 * How well a tool answers a question, after BM25F (Robertson and Zaragoza, "The Probabilistic Relevance Framework",
 * 2009): for each term the best match of each field, weighed by the field and its length, saturated, times the term's
 * importance. What covers more of the question comes first.
 */
export function rankDocument(terms: readonly WeighedTerm[], byStem: StemIndex, document: SearchDocument): Ranking {
  const strengths = terms.map(() => 0);
  const tops = terms.map(() => 0);
  const matches: TermMatch[] = [];
  const named = new Set<number>();
  const { weights, usual, slope } = tuning;
  for (const field of searchFields) {
    const words = document[field];
    const best = new Map<number, { factor: number; stem: string }>();
    for (const word of words) {
      for (const { term, factor } of byStem.get(word) ?? []) {
        if (factor > (best.get(term)?.factor ?? 0)) best.set(term, { factor, stem: word });
      }
    }
    const length = 1 - slope[field] + slope[field] * (words.length / usual[field]);
    for (const [term, { factor, stem }] of best) {
      if (named.has(term)) continue;
      const where = actionStems.has(terms[term]?.stem ?? '') && (field === 'text' || field === 'parameters') ? tuning.actionInText : 1;
      if (field === 'source') named.add(term);
      strengths[term] = (strengths[term] ?? 0) + (where * weights[field] * factor) / length;
      tops[term] = Math.max(tops[term] ?? 0, factor);
      matches.push({ term, field, stem });
    }
  }
  let score = 0;
  let covered = 0;
  let whole = 0;
  terms.forEach(({ importance }, term) => {
    const strength = strengths[term] ?? 0;
    score += (importance * strength) / (tuning.saturation + strength);
    covered += importance * (tops[term] ?? 0);
    whole += importance;
  });
  return { score: score * (covered / whole) ** tuning.coverage, matches };
}

export type StemIndex = ReadonlyMap<string, readonly { term: number; factor: number }[]>;

export function indexStems(terms: readonly QueryTerm[]): StemIndex {
  const index = new Map<string, { term: number; factor: number }[]>();
  terms.forEach(({ stems }, term) => {
    for (const [stem, factor] of stems) {
      const found = index.get(stem) ?? [];
      index.set(stem, found);
      found.push({ term, factor });
    }
  });
  return index;
}

import type { WeighedTerm } from './rank-document.js';
import { headLexeme, isMethodStem, quoteLexeme } from './search-document.js';

/** Each alternative has to be this good to bring a tool among those that are looked at. */
const leastFactor = 0.35;
const maxGroups = 6;
/** How much of a question, by the importance of its terms, a tool has of which most is found. */
const share = 0.5;
/** Words that more tools have are looked up by themselves only when there is nothing rarer. */
const maxCommon = 20_000;

/** `tsquery`s for the tools to rank, each finding all that the one before it finds, but for the last. */
export type Tiers = {
  /** All terms in names, titles and sources. */
  heads: string;
  /** All terms anywhere. */
  all: string;
  /** Most of what counts, anywhere. */
  most: string;
  /** Any of the rare terms. */
  any: string;
};

/** Null for terms that no tool can be looked up by. The rarest words decide what the database reads. */
export function planTiers(terms: readonly WeighedTerm[]): Tiers | null {
  const groups = terms
    .toSorted((a, b) => b.importance - a.importance)
    .map((term) => ({ ...term, lexemes: lexemesOf(term) }))
    .filter(({ lexemes }) => lexemes.length > 0)
    .slice(0, maxGroups);
  if (groups.length === 0) return null;
  const anywhere = groups.map(({ lexemes }) => anyOf(lexemes));
  const most = leastSubsets(groups.map(({ importance }) => importance)).map((subset) =>
    subset.map((at) => anywhere[at]).join('&'),
  );
  const rare = groups.flatMap(({ tools }, at) => (tools <= maxCommon ? [anywhere[at]] : []));
  return {
    heads: groups.map(({ lexemes }) => anyOf(lexemes.map(headLexeme))).join('&'),
    all: anywhere.join('&'),
    most: most.map((one) => `(${one})`).join('|'),
    any: rare.length > 0 ? rare.join('|') : (anywhere[0] ?? ''),
  };
}

function lexemesOf({ stems }: WeighedTerm): string[] {
  return [...stems].flatMap(([stem, factor]) =>
    factor >= leastFactor && !isMethodStem(stem) ? [stem] : [],
  );
}

function anyOf(lexemes: string[]): string {
  return `(${lexemes.map(quoteLexeme).join('|')})`;
}

/** The sets of places whose sum is the share of the whole, without those that hold a smaller such set. */
function leastSubsets(weights: readonly number[]): number[][] {
  const wanted = share * weights.reduce((sum, weight) => sum + weight, 0);
  const found: number[] = [];
  const masks = Array.from({ length: 2 ** weights.length - 1 }, (_, index) => index + 1);
  const placesOf = (mask: number) => weights.flatMap((_, at) => (mask & (1 << at) ? [at] : []));
  for (const mask of masks.toSorted((a, b) => placesOf(a).length - placesOf(b).length)) {
    const sum = placesOf(mask).reduce((total, at) => total + (weights[at] ?? 0), 0);
    if (sum >= wanted && !found.some((one) => (one & mask) === one)) found.push(mask);
  }
  return found.map(placesOf);
}

import type { WeighedTerm } from './rank-document.js';
import { headLexeme, isMethodStem, quoteLexeme } from './search-document.js';

/** Each alternative has to be this good to bring a tool among those that are looked at. */
const leastFactor = 0.35;
const maxGroups = 6;
/** How much of a question, by the importance of its terms, a tool has of which most is found. */
const share = 0.5;
/** Words that more tools have never lead the way to a tool, unless there is nothing rarer. */
const maxCommon = 20_000;

/** `tsquery`s for the tools to rank, each finding all that the one before it finds, but for the last. */
export type Tiers = {
  /** All terms in names, titles and sources. */
  heads: string;
  /** All terms anywhere. */
  all: string;
  /** Most of what counts, anywhere, a rare term among it. */
  most: string;
  /** Any of the rare terms. */
  any: string;
  /** Any term at all, to weigh what was found. */
  weighed: string;
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
  const rare = new Set(groups.flatMap(({ tools }, at) => (tools <= maxCommon ? [at] : [])));
  const subsets = leastSubsets(groups.map(({ importance }) => importance));
  const led = subsets.filter((subset) => rare.size === 0 || subset.some((at) => rare.has(at)));
  const most = led.map((subset) => `(${subset.map((at) => anywhere[at]).join('&')})`);
  return {
    heads: groups.map(({ lexemes }) => anyOf(lexemes.map(headLexeme))).join('&'),
    all: anywhere.join('&'),
    most: most.join('|'),
    any: rare.size > 0 ? [...rare].map((at) => anywhere[at]).join('|') : (anywhere[0] ?? ''),
    weighed: anywhere.join('|'),
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

import type { WeighedTerm } from './rank-document.js';
import { headLexeme, isMethodStem, quoteLexeme } from './search-document.js';

/** Each alternative has to be this good to bring a tool among those that are looked at. */
const leastFactor = 0.35;
const maxGroups = 8;
/** How much of a question, by the importance of its terms, tools of the third tier have. */
const share = 0.55;
/** Words that more tools have are looked up in the last tier only when there is nothing rarer. */
const maxCommon = 20_000;

/**
 * The `tsquery`s that find the tools to rank, narrow ones first: all terms in names and titles, all terms anywhere, most
 * of what counts, then any of the rare terms. The rarest words come first and decide what is read.
 */
export function planTiers(terms: readonly WeighedTerm[]): string[] {
  const groups = terms
    .toSorted((a, b) => b.importance - a.importance)
    .slice(0, maxGroups)
    .map((term) => ({ ...term, lexemes: lexemesOf(term) }))
    .filter(({ lexemes }) => lexemes.length > 0);
  if (groups.length === 0) return [];
  const anywhere = groups.map(({ lexemes }) => anyOf(lexemes));
  const inHeads = groups.map(({ lexemes }) => anyOf(lexemes.map(headLexeme)));
  const most = leastSubsets(groups.map(({ importance }) => importance)).map((subset) =>
    subset.map((at) => anywhere[at]).join('&'),
  );
  const rare = groups.flatMap(({ tools }, at) => (tools <= maxCommon ? [anywhere[at]] : []));
  const tiers = [
    inHeads.join('&'),
    anywhere.join('&'),
    most.map((one) => `(${one})`).join('|'),
    rare.length > 0 ? rare.join('|') : (anywhere[0] ?? ''),
  ];
  return [...new Set(tiers)];
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

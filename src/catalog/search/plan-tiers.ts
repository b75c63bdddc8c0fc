import type { WeighedTerm } from './rank-document.js';
import { headLexeme, isMethodStem, quoteLexeme } from './search-document.js';

/** Each alternative has to be this good to bring a tool among those that are looked at. */
const leastFactor = 0.35;
/** And no more than so many where the term is common: all are weighed for every tool that has one. */
const maxOfCommon = 8;
const maxGroups = 6;
/**
 * Words that more tools have never lead the way to a tool, unless there is nothing rarer; and what means the same as a
 * word is looked for until so many tools have any of it, the likest first.
 */
const maxCommon = 100_000;
/** Tools are looked for until so many were found that have most of a question, and so many that have some of it. */
const enough = 100;
const few = 60;
/** And so many, where what would be found next is a great many, of which but a few are looked at. */
const veryFew = 20;
/** How many tools of a tier are read. */
export const maxOfTier = 200;
/** How much of a question, by the importance of its terms, a tool has, step by step. */
const most = [0.75, 0.5];
const less = [0.35, 0.2];
/** A term that is less of the question need not be there for a tool to have all of it. */
const leastImportance = 0.05;

/** A `tsquery` for tools to rank. */
export type Tier = {
  query: string;
  /** It is looked for while fewer tools were found. */
  bound: number;
};

/** How many tools it finds, at most. */
type Sized = { query: string; tools: number };

/** A term with what stands for it. */
type Group = {
  importance: number;
  /** Anywhere in a document, and in names, titles and sources. */
  anywhere: Sized;
  heads: Sized;
  /** The same of a common term, as far as it is likest it. */
  likest: Sized;
  likestHeads: Sized;
};

/** The best tools first. Empty for terms that no tool can be looked up by. */
export function planTiers(terms: readonly WeighedTerm[]): Tier[] {
  const groups = terms
    .toSorted((a, b) => b.importance - a.importance)
    .map(toGroup)
    .filter(({ anywhere }) => anywhere.tools > 0)
    .slice(0, maxGroups);
  if (groups.length === 0) return [];
  const whole = sumOf(groups);
  const telling = groups.filter(({ importance }) => importance >= leastImportance * whole);
  const isNamed = ({ heads }: Group) => heads.tools > 0;
  const named = telling.filter(isNamed);
  const tiers = [
    ...(sumOf(named) < whole / 2
      ? []
      : inSteps(
          groups.filter(isNamed).map(({ likestHeads }) => likestHeads),
          named.map(({ heads }) => heads),
        )),
    ...inSteps(
      groups.map(({ likest }) => likest),
      telling.map(({ anywhere }) => anywhere),
    ),
    ...most.map((share) => someOf(groups, share * whole)),
  ].map((tier) => ({ ...tier, bound: enough }));
  for (const share of less) tiers.push({ ...someOf(groups, share * whole), bound: few });
  // What a wide one finds altogether, no narrow one has to find before.
  const from = tiers.findLastIndex(({ tools }) => tools > 0 && tools <= maxOfTier);
  const wanted = tiers.slice(Math.max(0, from));
  for (const tier of oneOf(groups)) wanted.push({ ...tier, bound: few });
  return wanted
    .filter(({ query }, at) => wanted.findIndex((one) => one.query === query) === at)
    .map(({ query, tools, bound }) => ({ query, bound: tools <= maxCommon ? bound : veryFew }));
}

/** Tools that have all terms: where those may be a great many, at first such that have the likest words of each. */
function inSteps(likest: readonly Sized[], all: readonly Sized[]): Sized[] {
  const tier = allOf(all);
  return tier.tools > maxCommon ? [allOf(likest), tier] : [tier];
}

function toGroup({ stems, counts, importance }: WeighedTerm): Group {
  const countOf = (stem: string) => counts.get(stem) ?? 0;
  const standing = [...stems]
    .filter(([stem, factor]) => factor >= leastFactor && !isMethodStem(stem))
    .sort(([stem, a], [other, b]) => b - a || countOf(other) - countOf(stem))
    .map(([stem]) => stem);
  const tools = standing.reduce((sum, stem) => sum + countOf(stem), 0);
  const lexemes = tools <= maxCommon ? standing : standing.slice(0, maxOfCommon);
  return {
    importance,
    anywhere: anyOf(lexemes, counts),
    heads: anyOf(lexemes.map(headLexeme), counts),
    likest: anyOf(lexemes, counts, maxCommon),
    likestHeads: anyOf(lexemes.map(headLexeme), counts, maxCommon),
  };
}

/** Of lexemes those that any tool has, until so many tools have any of them. */
function anyOf(
  lexemes: readonly string[],
  counts: ReadonlyMap<string, number>,
  enoughTools = Number.POSITIVE_INFINITY,
): Sized {
  const taken: string[] = [];
  let tools = 0;
  for (const lexeme of lexemes) {
    const count = counts.get(lexeme) ?? 0;
    if (count === 0 || tools > enoughTools) continue;
    taken.push(quoteLexeme(lexeme));
    tools += count;
  }
  return { query: `(${taken.join('|')})`, tools };
}

function sumOf(groups: readonly Group[]): number {
  return groups.reduce((sum, { importance }) => sum + importance, 0);
}

function allOf(parts: readonly Sized[]): Sized {
  return {
    query: parts.map(({ query }) => query).join('&'),
    tools: Math.min(...parts.map(({ tools }) => tools)),
  };
}

function isRare({ likest }: Group): boolean {
  return likest.tools <= maxCommon;
}

/** Terms of so much importance, a rare one among them: the rarest words decide what the database reads. */
function someOf(groups: readonly Group[], wanted: number): Sized {
  return reach(groups, { wanted, needsRare: groups.some(isRare) }) ?? { query: '', tools: 0 };
}

/** Each term stands but a few times in what this makes: the database weighs all of it for every tool. */
function reach(
  groups: readonly Group[],
  { wanted, needsRare }: { wanted: number; needsRare: boolean },
): Sized | null {
  const [first, ...rest] = groups;
  if (!first || sumOf(groups) < wanted || (needsRare && !groups.some(isRare))) return null;
  const left = { wanted: wanted - first.importance, needsRare: needsRare && !isRare(first) };
  const isReached = left.wanted <= 0 && !left.needsRare;
  const more = isReached ? null : reach(rest, left);
  const without = reach(rest, { wanted, needsRare });
  const own = isReached ? first.likest : more && allOf([first.likest, more]);
  return own && without ? either(own, without) : (own ?? without);
}

function either(one: Sized, other: Sized): Sized {
  return { query: `(${one.query}|${other.query})`, tools: one.tools + other.tools };
}

/** Any one term, the most telling first. */
function oneOf(groups: readonly Group[]): Sized[] {
  const rare = groups.filter(isRare);
  return (rare.length > 0 ? rare : groups.slice(0, 1)).map(({ likest }) => likest);
}

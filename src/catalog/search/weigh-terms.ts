import { likelySpellings, likenessOf, type Spelling, takeLikely } from './correct-word.js';
import type { QueryTerm } from './parse-query.js';
import type { WeighedTerm } from './rank-document.js';
import { headLexeme, methodStem } from './search-document.js';
import { synonyms } from './synonyms.js';
import type { Vocabulary } from './vocabulary.js';

/** What a method of HTTP says counts less than the same word. */
const methodFactor = 0.8;
/** A word of which no tool has a form this good may be misspelt. */
const soundFactor = 0.85;
const maxMisspelt = 8;
const maxNear = 3;

/**
 * Terms with how telling each is among these tools: the rarer, the more. A word that no tool has is read as those that
 * are written like it. What stands for a term are stems that tools have; terms without any are left out.
 */
export async function weighTerms(
  terms: readonly QueryTerm[],
  vocabulary: Vocabulary,
): Promise<WeighedTerm[]> {
  const known = await countAll(terms, vocabulary);
  const misspelt = terms.filter(({ stems }) => !isKnown(stems, known)).slice(0, maxMisspelt);
  const read = await respell(misspelt, vocabulary);
  const counts = new Map([...known, ...(await countAll(read, vocabulary))]);
  const respelt = new Map(read.map((term) => [term.stem, term]));
  return terms
    .map((term) => weigh(respelt.get(term.stem) ?? term, counts))
    .filter(({ stems }) => stems.size > 0);
}

function weigh(term: QueryTerm, counts: ReadonlyMap<string, number>): WeighedTerm {
  const total = counts.get('') ?? 0;
  const stems = new Map<string, number>();
  let tools = 0;
  for (const [stem, factor] of term.stems) {
    const method = methodStem(stem);
    if (counts.has(method)) stems.set(method, factor * methodFactor);
    const count = counts.get(stem);
    if (count === undefined) continue;
    stems.set(stem, factor);
    tools += count;
  }
  const having = Math.min(tools, total);
  const rarity = Math.log(1 + (total - having + 0.5) / (having + 0.5));
  return { ...term, stems, counts, importance: term.weight * rarity };
}

/** The words as they may have been meant. */
async function respell(terms: readonly QueryTerm[], vocabulary: Vocabulary): Promise<QueryTerm[]> {
  if (terms.length === 0) return [];
  const spellings = terms.map(({ word }) => likelySpellings(word));
  const [counts, near] = await Promise.all([
    vocabulary.count([...new Set(spellings.flat().flatMap(({ stems }) => stems))]),
    vocabulary.near(terms.map(({ stem }) => stem)),
  ]);
  return terms.map((term, at) => {
    const stems = new Map(term.stems);
    const add = (stem: string, factor: number) => {
      put(stems, stem, factor);
      for (const [other, part] of synonyms.get(stem) ?? []) put(stems, other, factor * part);
    };
    const countOf = (spelling: Spelling) =>
      Math.min(...spelling.stems.map((stem) => counts.get(stem) ?? 0));
    const known = (spellings[at] ?? []).filter((spelling) => countOf(spelling) > 0);
    // Of what is as likely, what more tools have.
    for (const spelling of takeLikely(known.sort((a, b) => countOf(b) - countOf(a)))) {
      for (const stem of spelling.stems) add(stem, spelling.factor);
    }
    const alike = (near.get(term.stem) ?? [])
      .map((stem) => ({ stem, likeness: likenessOf(term.word, stem) }))
      .filter(({ likeness }) => likeness > 0)
      .sort((a, b) => b.likeness - a.likeness)
      .slice(0, maxNear);
    for (const { stem, likeness } of alike) add(stem, likeness);
    return { ...term, stems };
  });
}

function put(stems: Map<string, number>, stem: string, factor: number): void {
  stems.set(stem, Math.max(factor, stems.get(stem) ?? 0));
}

function isKnown(stems: ReadonlyMap<string, number>, counts: ReadonlyMap<string, number>): boolean {
  return [...stems].some(([stem, factor]) => factor > soundFactor && counts.has(stem));
}

async function countAll(
  terms: readonly QueryTerm[],
  vocabulary: Vocabulary,
): Promise<ReadonlyMap<string, number>> {
  const stems = terms.flatMap((term) => [...term.stems.keys()]);
  if (stems.length === 0) return new Map();
  return vocabulary.count([
    ...new Set(stems.flatMap((stem) => [stem, methodStem(stem), headLexeme(stem)])),
  ]);
}

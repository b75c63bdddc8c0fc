import type { TermMatch, WeighedTerm } from '../catalog/search/rank-document.js';
import type { SearchField } from '../catalog/search/search-document.js';
import { splitWords } from '../catalog/search/split-words.js';
import { stemWord } from '../catalog/search/stem-word.js';

const places: Record<SearchField, string> = {
  name: 'name',
  title: 'title',
  source: 'API or server',
  place: 'path or tags',
  parameters: 'parameters',
  text: 'description',
};
const order: SearchField[] = ['name', 'title', 'source', 'place', 'parameters', 'text'];

/**
 * Why a tool was found, a line for each place: the words of the question, and in brackets what stands there where that
 * is another word. Each word is told once, where it counts most.
 */
export function describeMatches(
  terms: readonly WeighedTerm[],
  matches: readonly TermMatch[],
  text: string,
): string[] {
  // Of words with the same stem the first one is told: names stand in front.
  const written = new Map(
    splitWords(text)
      .toReversed()
      .map((word) => [stemWord(word), word]),
  );
  const told = new Set<number>();
  return order.flatMap((field) => {
    const words = matches
      .filter((match) => match.field === field && !told.has(match.term))
      .map(({ term, stem }) => {
        told.add(term);
        const { word = '', stem: asked } = terms[term] ?? {};
        const there = written.get(stem) ?? stem.replace(/\.m$/, '');
        return stem === asked ? `"${word}"` : `"${word}" (${there})`;
      });
    return words.length > 0 ? [`${places[field]}: ${words.join(', ')}`] : [];
  });
}

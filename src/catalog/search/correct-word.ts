import { stemWord } from './stem-word.js';

/** What a word that no tool has may have meant: other stems and how likely each is, 0 to 1. */
export type Spelling = { stems: readonly string[]; factor: number };

const swappedFactor = 0.9;
const splitFactor = 0.8;
const prefixFactor = 0.75;
const nearFactors = [1, 0.85, 0.6];
const minLength = 4;

/** Stems that a word may stand for by a slip that no likeness of letters finds: two letters swapped, a space forgotten. */
export function likelySpellings(word: string): Spelling[] {
  if (word.length < minLength) return [];
  const spellings: Spelling[] = [];
  for (let at = 0; at < word.length - 1; at += 1) {
    const swapped = `${word.slice(0, at)}${word[at + 1]}${word[at]}${word.slice(at + 2)}`;
    if (swapped !== word) spellings.push({ stems: [stemWord(swapped)], factor: swappedFactor });
  }
  for (let at = 3; at <= word.length - 3; at += 1) {
    const stems = [stemWord(word.slice(0, at)), stemWord(word.slice(at))];
    spellings.push({ stems, factor: splitFactor });
  }
  return spellings;
}

/** How likely a stem of the catalog is what the word meant; 0 for one that is too far from it. */
export function likenessOf(word: string, stem: string): number {
  const typed = stemWord(word);
  if (typed.length >= minLength && stem.startsWith(typed)) return prefixFactor;
  const distance = editDistance(typed, stem);
  const allowed = typed.length < 5 ? 0 : typed.length < 8 ? 1 : 2;
  return distance <= allowed ? (nearFactors[distance] ?? 0) : 0;
}

/** Letters inserted, dropped, replaced, or swapped with their neighbour (Damerau's distance, in its restricted form). */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1);
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwapped) least = Math.min(least, (before[j - 2] ?? 0) + 1);
      next.push(least);
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}

import { stemWord } from './stem-word.js';

/** What a word that no tool has may have meant: other stems and how likely each is, 0 to 1. */
export type Spelling = { stems: readonly string[]; factor: number };

const swappedFactor = 0.9;
const splitFactor = 0.8;
/** Of words that are so short that a slip may also be another word. */
const droppedFactor = 0.65;
const doubledFactor = 0.65;
const replacedFactor = 0.45;
/** Beside the best reading of a word, those that are much less likely tell nothing. */
const leastShare = 0.7;
const maxReadings = 3;
const prefixFactor = 0.75;
const nearFactors = [1, 0.85, 0.6];
const minLength = 4;
const maxShortStem = 4;
const vowels = 'aeiou';
const letters = 'abcdefghijklmnopqrstuvwxyz';
/** For each letter those that lie beside it, as fingers slip. */
const beside = toNeighbours(['qwertyuiop', 'asdfghjkl', 'zxcvbnm']);

/**
 * Stems that a word may stand for by a slip that no likeness of letters finds: two letters swapped, a space forgotten,
 * and in a short word, which has too few letters to be like another, any slip behind its first letter.
 */
export function likelySpellings(word: string): Spelling[] {
  if (word.length < minLength) return vowelDropped(word);
  const spellings = shortSlips(word);
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

/** Of the readings of a word that tools have, those that it may well stand for, the likeliest first. */
export function takeLikely(spellings: readonly Spelling[]): Spelling[] {
  const sorted = spellings.toSorted((a, b) => b.factor - a.factor);
  const least = (sorted[0]?.factor ?? 0) * leastShare;
  return sorted.filter(({ factor }) => factor >= least).slice(0, maxReadings);
}

/** Many short words are whole ones with a letter changed: only those slips are read that fingers make. */
function shortSlips(word: string): Spelling[] {
  if (!/^[a-z]+$/.test(word) || stemWord(word).length > maxShortStem) return [];
  const spellings: Spelling[] = [];
  const add = (text: string, factor: number) => spellings.push({ stems: [stemWord(text)], factor });
  for (let at = 1; at <= word.length; at += 1) {
    for (const letter of letters) add(put(word, at, at, letter), droppedFactor);
  }
  for (let at = 1; at < word.length; at += 1) {
    const letter = word[at] ?? '';
    if (letter === word[at - 1]) add(put(word, at, at + 1, ''), doubledFactor);
    const isVowel = vowels.includes(letter);
    const others = `${beside.get(letter) ?? ''}${isVowel ? vowels.replace(letter, '') : ''}`;
    for (const other of others) add(put(word, at, at + 1, other), replacedFactor);
  }
  return spellings;
}

/** Words of three letters are mostly names and short forms, unless a vowel is missing between two consonants: "usr". */
function vowelDropped(word: string): Spelling[] {
  const isConsonant = (at: number) => /[b-df-hj-np-tv-xz]/.test(word[at] ?? '');
  // "sms" is no plural.
  if (word.length !== 3 || word.endsWith('s')) return [];
  return [1, 2]
    .filter((at) => isConsonant(at - 1) && isConsonant(at))
    .flatMap((at) => [...vowels].map((vowel) => stemWord(put(word, at, at, vowel))))
    .map((stem) => ({ stems: [stem], factor: droppedFactor }));
}

function put(word: string, from: number, to: number, letters: string): string {
  return `${word.slice(0, from)}${letters}${word.slice(to)}`;
}

function toNeighbours(rows: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  rows.forEach((row, at) => {
    const below = rows[at + 1] ?? '';
    [...row].forEach((letter, place) => {
      const near = [row[place + 1], below[place], below[place - 1]].join('');
      for (const other of near) {
        found.set(letter, `${found.get(letter) ?? ''}${other}`);
        found.set(other, `${found.get(other) ?? ''}${letter}`);
      }
    });
  });
  return found;
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

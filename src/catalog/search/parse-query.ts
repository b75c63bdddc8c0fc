import { splitWords } from './split-words.js';
import { stemWord } from './stem-word.js';
import { phrases, synonyms } from './synonyms.js';

/** One word of a question, with the stems that may stand for it and how well each does, 0 to 1. */
export type QueryTerm = {
  word: string;
  stem: string;
  stems: ReadonlyMap<string, number>;
  /** How much the word matters beside others that are as rare. */
  weight: number;
};

/** Words that a question has and that say nothing of what is wanted. */
const fillers = new Set(
  `a an and any are as at be by can could do does for from give had has have how i if in into is it its let like may need
  of off on one onto or please should some somebody someone something so that the their them then there these they this
  those to tool tools try us using via want was we what when where which who whose will with within without would you
  your each about`.split(/\s+/),
);
const minor = new Set(['me', 'my', 'myself', 'mine', 'own', 'now', 'new', 'all', 'every']);
const minorWeight = 0.3;

const maxTerms = 24;
const maxChars = 2000;
const joinedFactor = 0.9;

/** The words of a question that count. Of a question of nothing but fillers, those. */
export function parseQuery(text: string): QueryTerm[] {
  const all = replacePhrases(splitWords(text.slice(0, maxChars)));
  const telling = all.filter((word) => !fillers.has(word));
  const words = telling.length > 0 ? telling : all;
  const terms = new Map<string, QueryTerm & { stems: Map<string, number> }>();
  words.forEach((word, at) => {
    const stem = stemWord(word);
    if (terms.size >= maxTerms && !terms.has(stem)) return;
    const term = terms.get(stem) ?? {
      word,
      stem,
      stems: new Map([...(synonyms.get(stem) ?? []), [stem, 1]]),
      weight: minor.has(word) ? minorWeight : 1,
    };
    terms.set(stem, term);
    // "config map" is also written "configmap".
    const [before, after] = [words[at - 1], words[at + 1]];
    if (before) term.stems.set(stemWord(before + word), joinedFactor);
    if (after) term.stems.set(stemWord(word + after), joinedFactor);
  });
  return [...terms.values()];
}

function replacePhrases(words: string[]): string[] {
  const found: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const phrase = phrases.find((one) =>
      one.words.every((word, index) => words[at + index] === word),
    );
    found.push(phrase ? phrase.replacement : (words[at] ?? ''));
    if (phrase) at += phrase.words.length - 1;
  }
  return found;
}

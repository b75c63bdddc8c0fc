import { expect, it } from 'vitest';
import { likelySpellings, likenessOf } from './correct-word.js';

it.each([
  ['custmer', 'custom', 0],
  ['custmer', 'customer', 0.85],
  ['subscr', 'subscript', 0.75],
  ['webbhook', 'webhook', 0.85],
  ['orgnaization', 'organ', 0],
  ['pet', 'pat', 0],
  ['away', 'awar', 0],
])('says how likely %s means %s', (word, stem, likeness) => {
  expect(likenessOf(word, stem)).toBe(likeness);
});

it('reads a word with two letters swapped, and one that is two', () => {
  const spellings = likelySpellings('verifykey').map(({ stems }) => stems.join(' '));
  expect(spellings).toContain('verifi kei');
  expect(likelySpellings('refnud').map(({ stems }) => stems.join(' '))).toContain('refund');
});

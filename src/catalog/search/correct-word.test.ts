import { describe, expect, it } from 'vitest';
import { likelySpellings, likenessOf, takeLikely } from './correct-word.js';

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

describe('a short word', () => {
  const readings = (word: string) => likelySpellings(word).flatMap(({ stems }) => stems);

  it.each([
    ['isue', 'issu'],
    ['isues', 'issu'],
    ['tokn', 'token'],
    ['ordr', 'order'],
    ['pett', 'pet'],
    ['usar', 'user'],
    ['filw', 'file'],
    ['pst', 'post'],
    ['usr', 'user'],
  ])('is read with one slip of the fingers: %s as %s', (word, stem) => {
    expect(readings(word)).toContain(stem);
  });

  it.each([
    ['another first letter', 'iser', 'user'],
    ['a letter that lies elsewhere', 'film', 'file'],
    ['another letter that lies elsewhere', 'dogs', 'doc'],
    ['a letter less', 'chat', 'cat'],
    ['three letters, one replaced', 'pet', 'pat'],
    ['three letters with their vowel', 'bot', 'boat'],
    ['three letters of a short form', 'sms', 'sum'],
    ['two letters', 'pt', 'put'],
    ['another alphabet', 'дом', 'дома'],
  ])('is not read with %s: %s as %s', (_, word, stem) => {
    expect(readings(word)).not.toContain(stem);
  });

  it('is read as what it is likeliest to mean, three words at most', () => {
    const of = (factor: number, stem = String(factor)) => ({ stems: [stem], factor });
    expect(takeLikely([of(0.45), of(0.9), of(0.65)])).toEqual([of(0.9), of(0.65)]);
    const alike = ['a', 'b', 'c', 'd'].map((stem) => of(0.65, stem));
    expect(takeLikely(alike)).toEqual(alike.slice(0, 3));
    expect(takeLikely([])).toEqual([]);
  });
});

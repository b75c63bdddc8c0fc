import { expect, it } from 'vitest';
import { namesTag } from './entity-tags.js';

it.each([
  ['"abc"', true],
  ['W/"abc"', true],
  ['*', true],
  [' * ', true],
  ['"x", "abc"', true],
  ['"x",W/"abc" , "y"', true],
  ['"a,b", "abc"', true],
  [', "abc",', true],
  ['"ab"', false],
  ['"abcd"', false],
  ['abc', false],
  ['w/"abc"', false],
  ['"abc', false],
  ['"*"', false],
  ['"x, *"', false],
  ['""', false],
  ['', false],
  [undefined, false],
])('finds "abc" in If-None-Match: %s? %s', (header, expected) => {
  expect(namesTag(header, 'abc')).toBe(expected);
});

it('does not take a tag inside of another for itself', () => {
  expect(namesTag('"x, "abc"', 'x')).toBe(false);
});

import { describe, expect, it } from 'vitest';
import { grantsAll, isToolGranted, matchesPattern } from './match-scope.js';

describe('a scope pattern', () => {
  it.each([
    ['*', 'tool:github:search', true],
    ['tool:github:search', 'tool:github:search', true],
    ['tool:github:*', 'tool:github:search', true],
    ['tool:github:s*', 'tool:github:search', true],
    ['tool:*', 'tool:github:search', true],
    ['tool:*:search', 'tool:github:search', false],
    ['tool:git*hub:search', 'tool:github:search', false],
    ['tool:github', 'tool:github:search', false],
    ['TOOL:GITHUB:*', 'tool:github:search', false],
    ['', 'tool:github:search', false],
  ])('%j of %j: %s', (pattern, scope, isMatch) => {
    expect(matchesPattern(pattern, scope)).toBe(isMatch);
  });
});

describe('a tool', () => {
  it.each([
    [['tool:github:search'], true],
    [['tool:github_search'], true],
    [['tool:github_*'], true],
    [['skill:x', 'tool:github:*'], true],
    [['tool:github:searches'], false],
    [['skill:*'], false],
    [['skill:github:search'], false],
    [[], false],
  ])('github:search is granted by %j: %s', (scopes, isGranted) => {
    expect(isToolGranted(scopes, 'github:search')).toBe(isGranted);
  });

  it('has its first colon as an underscore in the older spelling, no other', () => {
    expect(isToolGranted(['tool:a_b:c'], 'a:b:c')).toBe(true);
    expect(isToolGranted(['tool:a_b_c'], 'a:b:c')).toBe(false);
  });
});

it('only a star by itself grants all', () => {
  expect(grantsAll(['*'])).toBe(true);
  expect(grantsAll(['tool:*', 'skill:*'])).toBe(false);
});

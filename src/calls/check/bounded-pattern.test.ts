import { describe, expect, it } from 'vitest';
import { boundedPattern, longestText } from './bounded-pattern.js';

describe('boundedPattern', () => {
  it.each([
    ['^[a-z]+$', 'abc', 'ABC'],
    ['^\\d{4}-\\d{2}$', '2026-11', '2026'],
    ['^(acct|cus)_[A-Za-z0-9]{1,64}$', 'acct_1a', 'sub_1'],
    ['^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$', '00000000-0000-4000-8000-000000000000', 'x'],
    ['\\p{Lu}', 'aÄ', 'a'],
    ['^[^/\\]]+$', 'a', 'a/b'],
  ])('%s is asserted', (pattern, good, bad) => {
    const { test } = boundedPattern(pattern, 'u');
    expect([test(good), test(bad)]).toEqual([true, false]);
  });

  it.each([
    '^(a+)+$',
    '^(a|a)*$',
    '^(a|b|ab)*c$',
    '^([a-z]+)*$',
    '(x*)*y',
    '^(a?){30}$',
    '^(.*,){12}P',
  ])('%s may take exponentially long and is not asserted', (pattern) => {
    expect(longestText(pattern)).toBe(0);
    expect(boundedPattern(pattern, 'u').test(`${'a'.repeat(40)}!`)).toBe(true);
  });

  it.each(['^(a)\\1$', '[', '(', ')', '^a{2}{3}$'])('%s is not asserted', (pattern) => {
    expect(boundedPattern(pattern, 'u').test('zzz')).toBe(true);
  });

  it('is asserted on shorter texts the more repetitions it has', () => {
    expect(longestText('^a*$')).toBe(100_000);
    expect(longestText('^a*b*$')).toBe(1_000);
    expect(longestText('^a*b*c*$')).toBeLessThan(longestText('^a*b*$'));
    expect(boundedPattern('^a*a*$', 'u').test('b'.repeat(1_001))).toBe(true);
  });
});

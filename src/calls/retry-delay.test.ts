import { describe, expect, it } from 'vitest';
import { isRetryableStatus, parseRetryAfter, retryDelayMs } from './retry-delay.js';

const now = new Date('2026-11-21T10:00:00Z');

describe('parseRetryAfter', () => {
  it.each<[string | undefined, number | null]>([
    ['0', 0],
    ['120', 120_000],
    [' 5 ', 5_000],
    ['Sat, 21 Nov 2026 10:00:30 GMT', 30_000],
    ['Saturday, 21-Nov-26 10:00:30 GMT', 30_000],
    ['Sat, 21 Nov 2026 09:59:00 GMT', 0],
    [undefined, null],
    ['', null],
    ['-5', null],
    ['1.5', null],
    ['soon', null],
    ['2026', 2_026_000],
    ['99999999999999999999', null],
  ])('reads %j as %j ms', (value, expected) => {
    expect(parseRetryAfter(value, now)).toBe(expected);
  });
});

describe('retryDelayMs', () => {
  it.each([
    [1, null, 0.5, 100],
    [2, null, 0.5, 200],
    [3, null, 0.5, 400],
    [30, null, 0.5, 2_500],
    [1, null, 0, 0],
    [1, 3_000, 0, 3_000],
    [4, 3_000, 0.5, 3_100],
    [1, 0, 0.5, 100],
  ])('after attempt %i, asked for %j ms, at %d: %i ms', (attempt, asked, random, expected) => {
    expect(retryDelayMs(attempt, asked, () => random)).toBe(expected);
  });
});

describe('isRetryableStatus', () => {
  it.each([
    [429, true],
    [502, true],
    [503, true],
    [504, true],
    [500, false],
    [501, false],
    [408, false],
    [404, false],
    [200, false],
  ])('%i: %s', (status, expected) => {
    expect(isRetryableStatus(status)).toBe(expected);
  });
});

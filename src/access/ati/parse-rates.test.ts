import { expect, it } from 'vitest';
import { parseRates } from './parse-rates.js';

it.each([
  ['10/hour', 10, 3_600_000],
  ['1/s', 1, 1000],
  ['1/sec', 1, 1000],
  ['2/second', 2, 1000],
  ['3/m', 3, 60_000],
  ['3/min', 3, 60_000],
  ['3/minute', 3, 60_000],
  ['4/h', 4, 3_600_000],
  ['4/hr', 4, 3_600_000],
  ['5/d', 5, 86_400_000],
  ['0/day', 0, 86_400_000],
])('%s is %i in %i ms', (spec, limit, windowMs) => {
  expect(parseRates({ 'tool:x:*': spec })).toMatchObject({
    rules: [{ pattern: 'tool:x:*', limit, windowMs, spec }],
  });
});

it.each([
  '10',
  '10/week',
  '10/hours',
  '-1/hour',
  '1.5/h',
  '10 / h',
  '',
  10,
  null,
  '99999999999/s',
  '10/constructor',
])('refuses %j as a whole: half a limit would be none', (spec) => {
  expect(parseRates({ 'tool:a': '1/s', 'tool:x:*': spec })).toHaveProperty('problem');
});

it.each([['10/hour'], [[]], [5]])('refuses %j in place of an object', (rate) => {
  expect(parseRates(rate)).toHaveProperty('problem');
});

it('has no rules where there are none', () => {
  expect(parseRates(undefined)).toEqual({ rules: [] });
  expect(parseRates({})).toEqual({ rules: [] });
});

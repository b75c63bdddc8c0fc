import { expect, it } from 'vitest';
import { freezeAndMeasure } from './freeze-and-measure.js';

it('freezes all the way down', () => {
  const value = { list: [{ schema: { type: 'object' } }], text: 'x', none: null };
  freezeAndMeasure(value);
  const [first] = value.list;
  const frozen = [value, value.list, first, first?.schema].map((one) => Object.isFrozen(one));
  expect(frozen).toEqual([true, true, true, true]);
});

it.each([
  ['a text', 'x'.repeat(1000), 1000, 1100],
  ['bytes', Buffer.alloc(1000), 1000, 1100],
  ['a list of texts', Array.from({ length: 100 }, () => 'x'.repeat(100)), 10_000, 15_000],
  ['an object', { a: { b: 'x'.repeat(1000) } }, 1000, 1300],
  ['nothing', null, 0, 0],
])('takes %s for as much memory as it roughly has', (_what, value, least, most) => {
  const bytes = freezeAndMeasure(value);
  expect(bytes).toBeGreaterThanOrEqual(least);
  expect(bytes).toBeLessThanOrEqual(most);
});

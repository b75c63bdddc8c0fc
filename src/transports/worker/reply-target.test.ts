import { expect, it } from 'vitest';
import { isAllowedReplyTo } from './reply-target.js';

const rules = {
  prefixes: ['sg:stream:tools:reply:', 'sg:tools:reply:'],
  own: ['sg:stream:tools', 'sg:stream:dlq', 'sg:tools:reply:mine'],
};

it.each([
  ['sg:stream:tools:reply:worker-1', true],
  ['sg:tools:reply:a', true],
  ['sg:tools:reply:', false],
  ['sg:stream:tools', false],
  ['sg:stream:dlq', false],
  ['sg:tools:reply:mine', false],
  ['sg:tools:session:t', false],
  [' sg:tools:reply:a', false],
  ['', false],
])('a reply may go to "%s": %s', (replyTo, isAllowed) => {
  expect(isAllowedReplyTo(replyTo, rules)).toBe(isAllowed);
});

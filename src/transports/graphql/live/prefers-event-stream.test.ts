import { expect, it } from 'vitest';
import { prefersEventStream } from './prefers-event-stream.js';

it.each([
  ['text/event-stream', true],
  ['Text/Event-Stream; charset=utf-8', true],
  ['text/event-stream, application/json', true],
  ['application/json;q=0.5, text/event-stream', true],
  ['text/event-stream;q=0.5, application/json;q=0.1, */*;q=0.1', true],
  ['application/json, text/event-stream', false],
  ['text/event-stream;q=0.5, application/json', false],
  ['text/event-stream;q=0', false],
  ['*/*', false],
  ['', false],
  [undefined, false],
])('%s asks for a stream of events: %s', (accept, expected) => {
  expect(prefersEventStream(accept)).toBe(expected);
});

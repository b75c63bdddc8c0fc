import { expect, test } from 'vitest';
import { prefersHtml } from './prefers-html.js';

test.each([
  ['text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'],
  ['text/html'],
  ['TEXT/HTML; charset=utf-8, */*;q=0.1'],
  ['application/json;q=0.5, text/html;q=0.5'],
])('a browser that accepts "%s" gets the page', (accept) => {
  expect(prefersHtml(accept)).toBe(true);
});

test.each([
  [undefined],
  [''],
  ['*/*'],
  ['text/*'],
  ['application/json'],
  ['application/graphql-response+json, application/json;q=0.9'],
  ['application/json, text/html;q=0.9'],
  ['application/graphql-response+json, text/html;q=0.1'],
  ['text/html;q=0'],
  ['text/html;q=none'],
  ['application/json, text/plain, */*'],
])('a client that accepts "%s" does not', (accept) => {
  expect(prefersHtml(accept)).toBe(false);
});

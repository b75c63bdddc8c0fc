import { expect, it } from 'vitest';
import { parseSpec } from '../parse-spec.js';

function parse(annotations: unknown) {
  const operation = {
    'x-mcp-annotations': annotations,
    responses: { 200: { description: 'OK' } },
  };
  const document = {
    openapi: '3.1.0',
    info: { title: 'Pets', version: '1' },
    servers: [{ url: 'https://pets.example' }],
    paths: { '/search': { post: operation } },
  };
  const { drafts, problems } = parseSpec({ body: JSON.stringify(document), url: null });
  return { hints: drafts[0]?.plan.hints, problems: problems.map(({ pointer }) => pointer) };
}

it('takes the hints of an operation that says what it does', () => {
  const annotations = { readOnlyHint: true, idempotentHint: false, title: 'Search' };
  expect(parse(annotations)).toEqual({
    hints: { readOnlyHint: true, idempotentHint: false },
    problems: [],
  });
});

it.each([[undefined], [{}], [{ title: 'Search' }]])('has none of %j', (annotations) => {
  expect(parse(annotations)).toEqual({ hints: undefined, problems: [] });
});

it.each([
  ['yes', undefined],
  [{ readOnlyHint: 'yes', destructiveHint: false }, { destructiveHint: false }],
])('tells that %j is no such object, and goes on', (annotations, hints) => {
  const pointer = '/paths/~1search/post/x-mcp-annotations';
  expect(parse(annotations)).toEqual({ hints, problems: [pointer] });
});

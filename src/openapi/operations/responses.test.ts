import { describe, expect, it } from 'vitest';
import { anOpenApi, aSwagger, codesOf, onlyDraft, parse } from '../../../test/support/specs.js';

function withResponses(responses: unknown) {
  return anOpenApi({ '/things': { get: { responses } } });
}

function json(schema: unknown, mediaType = 'application/json') {
  return { description: 'OK', content: { [mediaType]: { schema } } };
}

describe('the output schema', () => {
  it.each([
    ['the first success', { 201: json({ const: 1 }), 200: json({ const: 0 }) }, { const: 0 }],
    [
      'a success after one without JSON',
      { 200: { description: '' }, 202: json({ const: 2 }) },
      { const: 2 },
    ],
    ['2XX', { '2XX': json({ const: 3 }), default: json({ const: 4 }) }, { const: 3 }],
    [
      'default, where nothing else is a success',
      { 404: json({}), default: json({ const: 4 }) },
      { const: 4 },
    ],
    ['JSON of another name', { 200: json({ const: 5 }, 'application/hal+json') }, { const: 5 }],
    ['no text', { 200: json({ const: 6 }, 'text/plain') }, null],
    ['no error', { 404: json({ const: 7 }) }, null],
  ])('is that of %s', (_, responses, expected) => {
    expect(onlyDraft(withResponses(responses)).outputSchema).toEqual(expected);
  });

  it('is that of a 2.0 response', () => {
    const responses = { 200: { schema: { type: 'array', items: { $ref: '#/definitions/A' } } } };
    const draft = onlyDraft(
      aSwagger(
        { '/a': { get: { responses, produces: ['application/xml', 'application/json'] } } },
        { definitions: { A: { type: 'string' } } },
      ),
    );
    expect(draft.outputSchema).toEqual({ type: 'array', items: { type: 'string' } });
    expect(draft.plan.accept).toEqual(['application/json', 'application/xml']);
  });

  it('is left out for a file of 2.0', () => {
    const responses = { 200: { schema: { type: 'file' } } };
    const draft = onlyDraft(aSwagger({ '/a': { get: { responses, produces: ['image/png'] } } }));
    expect(draft.outputSchema).toBeNull();
    expect(draft.plan.accept).toEqual(['image/png']);
  });

  it('has the content of a component at its root', () => {
    const Pet = { type: 'object', properties: { name: { description: 'x'.repeat(200) } } };
    const document = withResponses({ 200: json({ $ref: '#/components/schemas/Pet' }) });
    expect(onlyDraft({ ...document, components: { schemas: { Pet } } }).outputSchema).toEqual(Pet);
  });
});

describe('the media types that are accepted', () => {
  it('are those of every success, JSON first', () => {
    const content = { 'text/csv': {}, 'application/json': {} };
    const draft = onlyDraft(
      withResponses({
        200: { content },
        202: { content: { 'text/html': {} } },
        500: json({}, 'a/b'),
      }),
    );
    expect(draft.plan.accept).toEqual(['application/json', 'text/csv', 'text/html']);
  });

  it.each(['application/x-ndjson', 'text/event-stream', 'application/jsonl'])(
    'note that %s is a stream',
    (mediaType) => {
      const result = parse(withResponses({ 200: json({ type: 'object' }, mediaType) }));
      expect(result.drafts[0]).toMatchObject({ outputSchema: null, plan: { accept: [mediaType] } });
      expect(result.problems).toMatchObject([{ code: 'STREAMED_RESPONSE', severity: 'INFO' }]);
    },
  );
});

it.each([
  ['"responses" that are a list', []],
  ['a response that is a word', { 200: 'OK' }],
])('reports %s and keeps the tool', (_, responses) => {
  const result = parse(withResponses(responses));
  expect(result.drafts).toHaveLength(1);
  expect(codesOf(result)).toEqual(['INVALID_RESPONSE']);
});

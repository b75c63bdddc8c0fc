import { expect, it } from 'vitest';
import { parseSpec } from '../parse-spec.js';

it.each([
  ['Lists pets', undefined, 'Lists pets'],
  [undefined, 'All of them.', 'All of them.'],
  ['Lists pets', 'All of them.', 'Lists pets\n\nAll of them.'],
  ['Lists pets.', 'Lists pets of the shop.', 'Lists pets of the shop.'],
  [undefined, undefined, null],
])(
  'describes a tool by its summary %j and its description %j',
  (summary, description, expected) => {
    const operation = { summary, description, responses: { 200: { description: 'OK' } } };
    const document = {
      openapi: '3.1.0',
      info: { title: 'Pets', version: '1' },
      paths: { '/pets': { get: operation } },
    };
    const { drafts } = parseSpec({ body: JSON.stringify(document), url: null });
    expect(drafts[0]?.description).toBe(expected);
  },
);

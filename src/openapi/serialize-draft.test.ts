import { expect, it } from 'vitest';
import { onlyDraft, withBody } from '../../test/support/specs.js';
import { serializeDraft } from './serialize-draft.js';
import type { ToolDraft } from './types.js';

const schemas = {
  Pet: { type: 'object', properties: { name: { type: 'string', description: 'n'.repeat(200) } } },
};

function aDraft(change: (document: Record<string, unknown>) => void = () => {}): ToolDraft {
  const schema = { properties: { pet: { $ref: '#/components/schemas/Pet' }, 'naïve "x"': {} } };
  const document = structuredClone(withBody(schema, { components: { schemas } }));
  change(document);
  return onlyDraft(document);
}

it('gives the JSON text of each schema, parameter and plan', () => {
  const draft = aDraft();
  const serialized = serializeDraft(draft);
  expect(serialized.inputSchema).toBe(JSON.stringify(draft.inputSchema));
  expect(serialized.outputSchema).toBeNull();
  expect(JSON.parse(serialized.plan)).toEqual(draft.plan);
  expect(serialized.parameters.map(({ schema }) => JSON.parse(schema))).toEqual(
    draft.parameters.map(({ schema }) => schema),
  );
  expect(serialized.contractHash).toMatch(/^[0-9a-f]{64}$/);
});

it('hashes the same document to the same contract', () => {
  expect(serializeDraft(aDraft()).contractHash).toBe(serializeDraft(aDraft()).contractHash);
});

type Document = {
  servers: { url: string }[];
  paths: { '/things': { post: Record<string, unknown> } };
  components: { schemas: { Pet: { properties: { name: { type: string } } } } };
};

it.each<[string, (document: Document) => void]>([
  ['its summary', ({ paths }) => Object.assign(paths['/things'].post, { summary: 'New' })],
  ['its tags', ({ paths }) => Object.assign(paths['/things'].post, { tags: ['new'] })],
  ['its deprecation', ({ paths }) => Object.assign(paths['/things'].post, { deprecated: true })],
  ['its name', ({ paths }) => Object.assign(paths['/things'].post, { operationId: 'other' })],
  [
    'a definition that it uses',
    ({ components }) => Object.assign(components.schemas.Pet.properties.name, { type: 'integer' }),
  ],
  ['its servers', ({ servers }) => Object.assign(servers[0] ?? {}, { url: 'https://b.test' })],
  [
    'a parameter',
    ({ paths }) =>
      Object.assign(paths['/things'].post, {
        parameters: [{ name: 'a', in: 'query', schema: {} }],
      }),
  ],
  [
    'its answer',
    ({ paths }) =>
      Object.assign(paths['/things'].post, {
        responses: { 200: { content: { 'application/json': { schema: {} } } } },
      }),
  ],
])('hashes a change of %s to another contract', (_, change) => {
  const changed = aDraft((document) => change(document as Document));
  expect(serializeDraft(changed).contractHash).not.toBe(serializeDraft(aDraft()).contractHash);
});

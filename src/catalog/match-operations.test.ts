import { expect, it } from 'vitest';
import { matchOperations, type StoredEndpoint } from './match-operations.js';
import type { SerializedDraft } from './spec-reader.js';

function aDraft(part: Partial<SerializedDraft>): SerializedDraft {
  return {
    name: part.operationId ?? 'listPets',
    operationId: 'listPets',
    method: 'GET',
    path: '/pets',
    pointer: '',
    summary: null,
    description: null,
    tags: [],
    deprecated: false,
    readOnly: true,
    inputSchema: '{}',
    outputSchema: null,
    plan: '{}',
    parameters: [],
    contractHash: 'a',
    ...part,
  };
}

function anEndpoint(part: Partial<StoredEndpoint>): StoredEndpoint {
  return {
    id: '1',
    operationId: 'listPets',
    method: 'GET',
    path: '/pets',
    name: part.operationId ?? 'listPets',
    editedName: null,
    editedDescription: null,
    contractHash: 'a',
    position: 0,
    ...part,
  };
}

it('leaves an operation alone that says the same', () => {
  const match = matchOperations([anEndpoint({})], [aDraft({})]);
  expect(match).toMatchObject({ added: [], changed: [], moved: [], removed: [], unchanged: 1 });
});

it('knows an operation by its operationId although its path is another', () => {
  const match = matchOperations(
    [anEndpoint({})],
    [aDraft({ path: '/animals', contractHash: 'b' })],
  );
  expect(match.changed.map(({ stored }) => stored.id)).toEqual(['1']);
  expect(match.removed).toEqual([]);
});

it('knows an operation by method and path although its operationId is another', () => {
  const match = matchOperations(
    [anEndpoint({})],
    [aDraft({ operationId: 'getPets', contractHash: 'b' })],
  );
  expect(match.changed.map(({ next }) => next.name)).toEqual(['getPets']);
});

it('lets the operationId win where operations swap their paths', () => {
  const stored = [anEndpoint({}), anEndpoint({ id: '2', operationId: 'listToys', path: '/toys' })];
  const match = matchOperations(stored, [
    aDraft({ path: '/toys', contractHash: 'b' }),
    aDraft({ operationId: 'listToys', contractHash: 'b' }),
  ]);
  expect(match.changed.map(({ stored: { id }, next }) => [id, next.draft.path])).toEqual([
    ['1', '/toys'],
    ['2', '/pets'],
  ]);
});

it('tells operations that are new from those that are gone', () => {
  const match = matchOperations(
    [anEndpoint({})],
    [aDraft({ operationId: 'addPet', method: 'POST' })],
  );
  expect(match.added.map(({ name }) => name)).toEqual(['addPet']);
  expect(match.removed.map(({ id }) => id)).toEqual(['1']);
});

it('keeps the name that a person gave, and gives way to it', () => {
  const stored = [anEndpoint({ name: 'addPet', editedName: 'addPet' })];
  const drafts = [aDraft({}), aDraft({ operationId: 'addPet', method: 'POST' })];
  const match = matchOperations(stored, drafts);
  expect(match.unchanged).toBe(1);
  expect(match.added[0]?.name).toMatch(/^addPet_[0-9a-f]{8}$/);
});

it('sees an operation that only moved in the document', () => {
  const stored = [
    anEndpoint({}),
    anEndpoint({ id: '2', operationId: 'addPet', method: 'POST', position: 1 }),
  ];
  const match = matchOperations(stored, [
    aDraft({ operationId: 'addPet', method: 'POST' }),
    aDraft({}),
  ]);
  expect(match.moved.map(({ stored: { id }, next }) => [id, next.position])).toEqual([
    ['2', 0],
    ['1', 1],
  ]);
});

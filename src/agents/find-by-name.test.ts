import { describe, expect, it } from 'vitest';
import { findByName } from './find-by-name.js';
import { nameProviders } from './provided-tools.js';

const tools = ['a:b_c', 'a_b:c', 'x:y', 'x_z:y_z'].map((name) => ({ name }));

describe('a name', () => {
  it.each([
    ['a:b_c', 'a:b_c'],
    ['a_b:c', 'a_b:c'],
    ['a_b_c', 'a:b_c'],
    ['x_y', 'x:y'],
    ['x_z_y_z', 'x_z:y_z'],
    ['x__y', null],
    ['x', null],
    ['X:y', null],
    ['', null],
  ])('%s means %s', (name, meant) => {
    expect(findByName(tools, name)?.name ?? null).toBe(meant);
  });
});

it('that is far too long means nothing, at once', () => {
  expect(findByName(tools, '_'.repeat(10_000_000))).toBeNull();
});

describe('providers', () => {
  it('keep their slugs whatever comes later', () => {
    const first = { id: '11111111-0000-0000-0000-000000000000', name: 'Pet Store' };
    const twin = { id: '22222222-0000-0000-0000-000000000000', name: 'pet.store' };
    const taken = { id: '33333333-0000-0000-0000-000000000000', name: 'pet-store-22222222' };
    const own = { id: '44444444-0000-0000-0000-000000000000', name: 'File_Manager' };
    expect([...nameProviders([first, twin]).values()]).toEqual(['pet-store', 'pet-store-22222222']);
    expect([...nameProviders([first, twin, taken]).values()]).toEqual([
      ...['pet-store', 'pet-store-222222220000', 'pet-store-22222222'],
    ]);
    expect([...nameProviders([own]).values()]).toEqual(['file_manager-44444444']);
  });
});

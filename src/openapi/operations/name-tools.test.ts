import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type NameableOperation, nameTools } from './name-tools.js';

const legal = /^[A-Za-z0-9_-]{1,64}$/;

function operation(operationId: string | null, path = '/pets', method = 'GET'): NameableOperation {
  return { operationId, path, method };
}

describe('naming tools', () => {
  it.each([
    ['an operationId as it is', operation('list-Pets_2'), 'list-Pets_2'],
    ['spaces and dots', operation('find pet. by id'), 'find_pet_by_id'],
    ['accents', operation('créerÉlève'), 'creerEleve'],
    ['a missing operationId', operation(null, '/pets/{petId}/toys'), 'get_pets_petId_toys'],
    ['an operationId without any Latin letter', operation('获取', '/pets'), 'get_pets'],
    ['the root path', operation(null, '/'), 'get_root'],
    ['two variables in a segment', operation(null, '/files/{name}.{ext}'), 'get_files_name_ext'],
  ])('takes %s', (_, given, expected) => {
    expect(nameTools([given])).toEqual([expected]);
  });

  it('cuts a name of 65 characters to 64 with a hash at its end', () => {
    const [name = ''] = nameTools([operation('a'.repeat(65))]);
    expect(name).toMatch(/^a{55}_[0-9a-f]{8}$/);
    expect(nameTools([operation('a'.repeat(64))])).toEqual(['a'.repeat(64)]);
  });

  it('keeps long names apart that differ only at their end', () => {
    const names = nameTools([
      operation(`${'a'.repeat(70)}1`, '/one'),
      operation(`${'a'.repeat(70)}2`, '/two'),
    ]);
    expect(new Set(names).size).toBe(2);
  });

  it('names every operation of a shared operationId after its method and path', () => {
    const names = nameTools([operation('same', '/a'), operation('same', '/b'), operation('other')]);
    expect(names).toEqual(['get_a', 'get_b', 'other']);
  });

  it('keeps a path in letters that have no Latin form apart from another', () => {
    const names = nameTools([operation(null, '/路径'), operation(null, '/用户')]);
    expect(new Set(names).size).toBe(2);
    for (const name of names) expect(name).toMatch(legal);
  });

  it('gives legal, different names that do not depend on the order of operations', () => {
    const word = fc.constantFrom(
      'a',
      'b',
      'a b',
      'a_b',
      'get_a',
      'ä',
      '/',
      '{x}',
      '获',
      'x'.repeat(70),
    );
    const operations = fc.uniqueArray(
      fc.record({
        operationId: fc.option(word),
        path: fc.array(word, { maxLength: 3 }).map((words) => `/${words.join('/')}`),
        method: fc.constantFrom('GET', 'POST'),
      }),
      { selector: ({ method, path }) => `${method} ${path}` },
    );
    fc.assert(
      fc.property(operations, fc.infiniteStream(fc.nat()), (given, random) => {
        const names = nameTools(given);
        expect(new Set(names).size).toBe(given.length);
        for (const name of names) expect(name).toMatch(legal);
        const order = given.map((_, at) => ({ at, rank: random.next().value ?? 0 }));
        order.sort((a, b) => a.rank - b.rank);
        const shuffled = nameTools(order.map(({ at }) => given[at] as NameableOperation));
        expect(shuffled).toEqual(order.map(({ at }) => names[at]));
      }),
    );
  });
});

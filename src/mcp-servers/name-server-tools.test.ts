import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isToolName } from '../lib/tool-name.js';
import { nameServerTools } from './name-server-tools.js';

it.each([
  ['search', 'search'],
  ['files.read', 'files_read'],
  ['Über uns', 'Uber_uns'],
])('calls %s %s', (name, safe) => {
  expect(nameServerTools([name]).get(name)).toBe(safe);
});

it('leaves a name to the tool that has it, whoever comes first', () => {
  const names = nameServerTools(['a.b', 'a_b', 'a b']);
  expect(names.get('a_b')).toBe('a_b');
  expect(names.get('a.b')).toMatch(/^a_b_[0-9a-f]{12}$/);
  expect(names.get('a b')).toMatch(/^a_b_[0-9a-f]{12}$/);
});

it('takes no name that a tool of the server has already', () => {
  expect(nameServerTools(['a_b'], new Set(['a_b'])).get('a_b')).toMatch(/^a_b_[0-9a-f]{12}$/);
});

it('gives names that are safe, all different, and the same in any order', () => {
  const lists = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 80, unit: 'grapheme' }), {
    maxLength: 20,
  });
  fc.assert(
    fc.property(lists, (list) => {
      const names = nameServerTools(list);
      expect([...names.values()].every(isToolName)).toBe(true);
      expect(new Set(names.values()).size).toBe(list.length);
      const reversed = nameServerTools(list.toReversed());
      for (const [name, safe] of names) expect(reversed.get(name)).toBe(safe);
    }),
  );
});

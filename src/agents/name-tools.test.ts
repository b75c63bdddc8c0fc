import { expect, it } from 'vitest';
import { isToolName } from '../lib/tool-name.js';
import { nameTools } from './name-tools.js';

it('leaves names alone that are unique', () => {
  const tools = [
    { id: '1', name: 'a' },
    { id: '2', name: 'b' },
  ];
  expect(nameTools(tools)).toEqual(tools);
});

it('gives later tools of one name a suffix that depends on their id alone', () => {
  const [first, second] = nameTools([
    { id: '1', name: 'list' },
    { id: '2', name: 'list' },
  ]);
  const [, , again] = nameTools([
    { id: '9', name: 'other' },
    { id: '1', name: 'list' },
    { id: '2', name: 'list' },
  ]);
  expect(first?.name).toBe('list');
  expect(second?.name).toMatch(/^list_[0-9a-f]{8}$/);
  expect(again?.name).toBe(second?.name);
});

it('gives way to reserved names', () => {
  expect(nameTools([{ id: '1', name: 'end_call' }], ['end_call'])[0]?.name).toMatch(/^end_call_/);
});

it('stays unique and legal when a tool is called like the suffixed name of another, at full length', () => {
  const long = 'x'.repeat(64);
  const suffixed = nameTools([
    { id: '1', name: long },
    { id: '2', name: long },
  ])[1]?.name as string;
  const names = nameTools([
    { id: '1', name: long },
    { id: '2', name: long },
    { id: '3', name: suffixed },
  ]).map(({ name }) => name);
  expect(new Set(names).size).toBe(3);
  expect(names.every(isToolName)).toBe(true);
  expect(names[2]).toBe(suffixed);
});

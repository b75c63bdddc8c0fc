import { expect, it } from 'vitest';
import { indexMcpTools, type NamedMcpTool } from './index-mcp-tools.js';

const aTool = (id: string, serverName: string, name: string): NamedMcpTool => ({
  ...{ id, serverName, name },
  toolName: name.replace(/[^A-Za-z0-9_-]/g, '_'),
});

const tools = [
  aTool('1', 'files', 'read'),
  aTool('2', 'files', 'search'),
  aTool('3', 'web', 'search'),
  aTool('4', 'web', 'read all'),
  aTool('5', 'web', 'read_all'),
  aTool('6', 'x', 'a/b'),
  aTool('7', 'x/a', 'b'),
  aTool('8', 'y', 'files/read'),
];
const index = indexMcpTools(tools);

it.each([
  ['read', ['1']],
  ['search', ['2', '3']],
  ['web/search', ['3']],
  ['read all', ['4']],
  ['read_all', ['5']],
  ['web/read_all', ['5']],
  ['x/a/b', ['6', '7']],
  ['files/read', ['1', '8']],
  ['y/files_read', ['8']],
  ['7', ['7']],
  ['Read', []],
  ['', []],
])('%j means the tools %j', (wanted, ids) => {
  expect(index.find(wanted).map(({ id }) => id)).toEqual(ids);
});

it('names every tool by what means it alone', () => {
  const names = tools.map((tool) => index.nameOf(tool));
  expect(names).toEqual([
    ...['read', 'files/search', 'web/search', 'read all', 'read_all', 'a/b', 'b'],
    'y/files/read',
  ]);
  expect(names.map((name) => index.find(name))).toEqual(tools.map((tool) => [tool]));
});

it('falls back to the id where no name will do', () => {
  const alike = [aTool('1', 's', 'a'), aTool('2', 't', 'a'), aTool('3', 'u', 's/a')];
  const names = alike.map((tool) => indexMcpTools(alike).nameOf(tool));
  expect(names).toEqual(['1', 't/a', 'u/s/a']);
});

import { describe, expect, it } from 'vitest';
import { fitArguments } from './fit-arguments.js';

const schema = {
  type: 'object',
  required: ['id'],
  properties: {
    id: { type: 'integer' },
    repo_name: { type: 'string' },
    perPage: { type: 'integer' },
    version: { type: 'string' },
    output: { type: 'string' },
    format: { enum: ['a', 'b'] },
    deep: { type: 'object' },
    isOn: { type: 'boolean' },
    title: { type: ['string', 'null'] },
  },
};

const fitted = (args: unknown, rawArgs: string[] | null = null, of: object = schema) =>
  fitArguments(of as Record<string, unknown>, { args, rawArgs }).arguments;

describe('keys', () => {
  it.each([
    ['repo-name', 'repo_name'],
    ['repoName', 'repo_name'],
    ['REPO_NAME', 'repo_name'],
    ['per-page', 'perPage'],
    ['per_page', 'perPage'],
  ])('%s means %s', (given, meant) => {
    expect(fitted({ [given]: 'x' })).toEqual({ [meant]: 'x' });
  });

  it('stay as they are where they mean nothing, or more than one', () => {
    expect(fitted({ other: 1 })).toEqual({ other: 1 });
    const twins = { type: 'object', properties: { a_b: {}, 'a-b': {} } };
    expect(fitted({ ab: 1, a_b: 2 }, null, twins)).toEqual({ ab: 1, a_b: 2 });
  });

  it('that are exact win over those that mean the same, in any order', () => {
    expect(fitted({ repoName: 'a', repo_name: 'b' })).toEqual({ repo_name: 'b' });
    expect(fitted({ repo_name: 'b', repoName: 'a' })).toEqual({ repo_name: 'b' });
  });

  it('such as __proto__ change no prototype', () => {
    const given = fitted(JSON.parse('{"__proto__":{"polluted":true}}'));
    expect(Object.keys(given)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('words', () => {
  it.each<[string, unknown, string[], object]>([
    ['--k=v', { 'repo_name=x y': true }, ['--repo_name=x y'], { repo_name: 'x y' }],
    ['--k=v with JSON', { 'id=5': true }, ['--id=5'], { id: 5 }],
    ['--k=v of an unknown key', { 'z=5': true }, ['--z=5'], { z: 5 }],
    ['--output', {}, ['--output', 'json'], { output: 'json' }],
    ['--format', {}, ['--format', 'a'], { format: 'a' }],
    ['a number where a text belongs', { version: 1 }, ['--version', '1.0'], { version: '1.0' }],
    ['null where a text belongs', { title: null }, ['--title', 'null'], { title: 'null' }],
    ['a flag', { isOn: true }, ['--isOn'], { isOn: true }],
    [
      'a value that the client has read',
      { deep: { a: 1 } },
      ['--deep', '{"a":1}'],
      { deep: { a: 1 } },
    ],
    ['a lone word', {}, ['5'], { id: 5 }],
    [
      'a lone word beside options',
      { repo_name: 'x' },
      ['5', '--repo-name', 'x'],
      { id: 5, repo_name: 'x' },
    ],
    ['a lone word that has no place', { id: 4 }, ['5'], { id: 4 }],
    ['two words', {}, ['5', '6'], {}],
    ['words in place of an object', ['5'], [], { id: 5 }],
    ['options of the client', {}, ['-J', '--json', '--verbose', '--', '5'], { id: 5 }],
    ['a negative number', { id: -3 }, ['--id', '-3'], { id: -3 }],
  ])('%s', (_, args, rawArgs, expected) => {
    expect(fitted(args, rawArgs)).toEqual(expected);
  });

  it('are not looked for where none were sent: what a program gives is meant', () => {
    expect(fitted({ version: 1 })).toEqual({ version: 1 });
  });
});

it.each([null, undefined, 5, 'x', true])('takes %j for no arguments', (args) => {
  expect(fitted(args)).toEqual({});
});

describe('--out', () => {
  it('asks for a file', () => {
    const given = { args: { out: 'a.png', id: 1 }, rawArgs: ['--id', '1', '--out', 'a.png'] };
    expect(fitArguments(schema, given)).toEqual({ arguments: { id: 1 }, outputPath: 'a.png' });
  });

  it('is the property of a tool that has one', () => {
    const own = { type: 'object', properties: { out: { type: 'string' } } };
    const given = { args: { out: 'a.png' }, rawArgs: ['--out', 'a.png'] };
    expect(fitArguments(own, given)).toEqual({ arguments: { out: 'a.png' }, outputPath: null });
  });

  it('of a program that sends no words is an argument', () => {
    expect(fitArguments(schema, { args: { out: 'a.png' }, rawArgs: null })).toEqual({
      arguments: { out: 'a.png' },
      outputPath: null,
    });
  });
});

import { describe, expect, test } from 'vitest';
import { parseManifest } from './parse-manifest.js';

const skillOf = (yaml: string, body = '# Notes\n\nHow to take notes.\n') =>
  `---\n${yaml}\n---\n${body}`;
const parse = (yaml: string, body?: string) => parseManifest(skillOf(yaml, body), null);

describe('The manifest of a skill', () => {
  test('has every field of its front matter', () => {
    const { manifest, body, warnings } = parse(`name: take-notes
description: Takes notes in meetings.
version: 1.2.0
author: { name: Ada, email: ada@example.com }
license: MIT
compatibility: Needs a shell.
when-to-use: In meetings.
hint: Ask for the agenda first.
allowed-tools: [Read, "Bash(git:*)"]
tools: [github:search, "notes:create"]
providers: [GitHub API]
categories: office work, writing
keywords: [minutes]
depends_on: [agendas]
suggests: agendas, mails`);

    expect(manifest).toEqual({
      name: 'take-notes',
      version: '1.2.0',
      description: 'Takes notes in meetings.',
      whenToUse: 'In meetings.',
      hint: 'Ask for the agenda first.',
      author: 'Ada',
      license: 'MIT',
      compatibility: 'Needs a shell.',
      allowedTools: 'Read Bash(git:*)',
      format: 'anthropic',
      tools: ['github:search', 'notes:create'],
      providers: ['GitHub API'],
      categories: ['office work', 'writing'],
      keywords: ['minutes'],
      dependsOn: ['agendas'],
      suggests: ['agendas', 'mails'],
    });
    expect(body).toBe('# Notes\n\nHow to take notes.\n');
    expect(warnings).toEqual([]);
  });

  test('reads under metadata what does not stand at the top', () => {
    const { manifest } = parse(`name: a
description: B.
metadata:
  version: "2.0"
  tools: x, y
  description: not this`);

    expect(manifest).toMatchObject({ version: '2.0', tools: ['x', 'y'], description: 'B.' });
  });

  test('is inferred where there is no front matter: the folder names it, its first lines describe it', () => {
    const { manifest } = parseManifest('# Notes\n\nHow to take\nnotes.\n\nMore.', 'take-notes');

    expect(manifest).toMatchObject({
      name: 'take-notes',
      description: 'How to take notes.',
      version: '0.1.0',
      format: 'inferred',
    });
  });

  test('a rule of dashes within the text is no front matter', () => {
    expect(parseManifest('Notes.\n\n---\n\nname: x\n---\n', 'notes').manifest.format).toBe(
      'inferred',
    );
  });

  test('line ends of Windows and a byte order mark do not matter', () => {
    const text = `\uFEFF${skillOf('name: a\ndescription: B.').replaceAll('\n', '\r\n')}`;

    expect(parseManifest(text, null).manifest.name).toBe('a');
  });

  test.each([
    ['name: a_b\ndescription: B.', /allows no "_"/],
    [`name: a\ndescription: ${'x'.repeat(1100)}`, /has 1100 characters/],
  ])('what the specification does not allow is told: %s', (yaml, warning) => {
    expect(parse(yaml).warnings).toEqual([expect.stringMatching(warning)]);
  });

  const bomb = [
    'a: &a [x, x, x, x, x, x, x, x, x, x]',
    ...'bcdefgh'
      .split('')
      .map((name, at) => `${name}: &${name} [${Array(10).fill(`*${'abcdefg'[at]}`).join(', ')}]`),
  ].join('\n');

  test.each([
    ['description: B.', /has no name/],
    ['name: Take Notes\ndescription: B.', /"Take Notes" is no name of a skill/],
    ['name: ../x\ndescription: B.', /is no name of a skill/],
    [`name: ${'a'.repeat(65)}\ndescription: B.`, /longer than 64 characters/],
    ['name: a\ndescription: [B]', /description: expected a text, found a list/],
    ['name: [a]\ndescription: B.', /name: expected a text, found a list/],
    ['name: a\ndescription: B.\ntools: 3', /tools: expected a list of names, found a number/],
    ['name: a\ndescription: B.\ntools: [{ a: 1 }]', /tools: expected a text, found a mapping/],
    [
      'name: a\ndescription: B.\nkeywords: { a: 1 }',
      /keywords: expected a list of names, found a mapping/,
    ],
    ['name: a\ndescription: B.\nmetadata: [1]', /metadata: expected a mapping, found a list/],
    [
      `name: a\ndescription: B.\ntools: [${Array.from({ length: 300 }, (_, at) => `t${at}`).join(', ')}]`,
      /has 300 names/,
    ],
    [`name: a\ndescription: ${'x'.repeat(5000)}`, /longer than 4000 characters/],
    ['- a\n- b', /is no mapping/],
    ['just text', /is no mapping/],
    ['name: a\n  description: B.', /cannot be read: .*line 3/],
    ['name: "a', /cannot be read/],
    [`name: a\nx: ${'['.repeat(2000)}`, /cannot be read: .*(nest|deep)/i],
    [`name: a\nx: ${'{a: '.repeat(50)}1${'}'.repeat(50)}`, /cannot be read: .*(nest|deep)/i],
    [`name: a\ndescription: B.\n${bomb}`, /cannot be read: .*(alias|expand)/i],
    ['name: a\ndescription: B.\ntools: &x [*x]', /./],
    [`name: a\nx: "${'y'.repeat(70_000)}"`, /longer than 65536 characters/],
  ])('is refused with a sentence (%#)', (yaml, message) => {
    expect(() => parse(yaml)).toThrow(message);
  });

  test('front matter without an end is refused', () => {
    expect(() => parseManifest('---\nname: a\n', 'a')).toThrow(/begins in line 1 has no end/);
  });

  test('a skill that says nothing of itself is refused', () => {
    expect(() => parse('name: a', '# Title\n')).toThrow(/there is no description/);
  });
});

import { describe, expect, test } from 'vitest';
import { findCycle } from './find-cycle.js';
import { searchSkills } from './search-skills.js';
import { grantedSkills, visibleSkills } from './select-skills.js';
import type { SkillTool } from './skill-audience.js';

const aSkill = (
  name: string,
  bound: Partial<
    Record<'tools' | 'providers' | 'categories' | 'dependsOn' | 'keywords', string[]>
  > = {},
) => ({
  name,
  description: `About ${name}.`,
  hint: null,
  whenToUse: null,
  tools: [],
  providers: [],
  categories: [],
  keywords: [],
  dependsOn: [],
  ...bound,
});
const aTool = (name: string, provider = 'github', categories: string[] = []): SkillTool => ({
  names: [name, `${provider}:${name}`, `${provider}_${name}`],
  provider,
  categories,
});
const names = (skills: readonly { name: string }[]) => skills.map(({ name }) => name);

const skills = [
  aSkill('base'),
  aSkill('by-category', { categories: ['Code'] }),
  aSkill('by-provider', { providers: ['GitHub'], dependsOn: ['middle', 'gone'] }),
  aSkill('by-tool', { tools: ['github:search'] }),
  aSkill('middle', { dependsOn: ['base'] }),
  aSkill('other', { tools: ['jira:search'], providers: ['jira'] }),
];

describe('Skills that somebody may see', () => {
  test.each([
    ['named ones', { skills: ['other'], tools: [] }, ['other']],
    [
      'those with a beginning',
      { skills: ['by-*'], tools: [] },
      ['base', 'by-category', 'by-provider', 'by-tool', 'middle'],
    ],
    [
      'those of a tool, its provider and category, and what they depend on',
      { skills: [], tools: [aTool('search', 'github', ['code'])] },
      ['base', 'by-category', 'by-provider', 'by-tool', 'middle'],
    ],
    [
      'those of another tool of the provider',
      { skills: [], tools: [aTool('list')] },
      ['base', 'by-provider', 'middle'],
    ],
    ['none where nothing is granted', { skills: [], tools: [] }, []],
    [
      'none for a name that is not there',
      { skills: ['nobody'], tools: [aTool('search', 'gitlab')] },
      [],
    ],
  ])('are %s', (_what, audience, expected) => {
    expect(names(visibleSkills(skills, audience))).toEqual(expected);
  });

  test('are all for who may see everything', () => {
    expect(visibleSkills(skills, 'all')).toEqual(skills);
  });

  test('come named first, then by tool, provider and category, dependencies last', () => {
    const grants = { skills: ['other'], tools: [aTool('search', 'github', ['code'])] };

    expect(names(grantedSkills(skills, grants))).toEqual([
      'other',
      'by-tool',
      'by-provider',
      'by-category',
      'middle',
      'base',
    ]);
  });

  test('a tool is meant whether its provider is written as a name or as a slug', () => {
    const bound = [aSkill('a', { tools: ['Pet Store:list'] })];

    expect(
      names(grantedSkills(bound, { skills: [], tools: [aTool('list', 'pet-store')] })),
    ).toEqual(['a']);
  });

  test('dependencies that go in a circle end', () => {
    const circle = [aSkill('a', { dependsOn: ['b'] }), aSkill('b', { dependsOn: ['a'] })];

    expect(names(grantedSkills(circle, { skills: ['a'], tools: [] }))).toEqual(['a', 'b']);
  });
});

describe('A search of skills', () => {
  test('puts a name before a keyword before a description', () => {
    const found = searchSkills(
      [
        aSkill('zeta'),
        aSkill('alpha', { keywords: ['zeta'] }),
        aSkill('beta', { tools: ['zeta'] }),
      ],
      'ZETA',
    );

    expect(names(found)).toEqual(['zeta', 'alpha', 'beta']);
  });

  test('finds nothing where no word stands', () => {
    expect(searchSkills(skills, 'nowhere')).toEqual([]);
  });
});

describe('A circle of dependencies', () => {
  const dependencies: Record<string, string[]> = {
    a: ['b'],
    b: ['c'],
    c: ['a'],
    d: ['d'],
    x: ['b'],
  };
  const find = (name: string) => findCycle(name, (one) => dependencies[one] ?? []);

  test('is told by the way around', () => {
    expect(find('a')).toEqual(['a', 'b', 'c', 'a']);
    expect(find('d')).toEqual(['d', 'd']);
  });

  test('is none of a skill that only leads into one', () => {
    expect(find('x')).toBeNull();
  });
});

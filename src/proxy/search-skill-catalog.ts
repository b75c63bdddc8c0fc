import type { SkillRow } from '../skills/skills.queries.js';

type Searched = Pick<
  SkillRow,
  'name' | 'description' | 'keywords' | 'tools' | 'providers' | 'categories'
>;

const maxFound = 25;

/** Skills by how many of the words they have, those alike by name, at most 25; all of them without words. */
export function searchSkillCatalog<S extends Searched>(
  skills: readonly S[],
  search: string | null,
): readonly S[] {
  const terms = (search ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  if (terms.length === 0) return skills;
  return skills
    .map((skill) => ({ skill, score: scoreOf(skill, terms) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || (a.skill.name < b.skill.name ? -1 : 1))
    .slice(0, maxFound)
    .map(({ skill }) => skill);
}

function scoreOf(skill: Searched, terms: readonly string[]): number {
  const { name, description, keywords, tools, providers, categories } = skill;
  const text = [name, description, ...keywords, ...tools, ...providers, ...categories]
    .join(' ')
    .toLowerCase();
  return terms.filter((term) => text.includes(term)).length;
}

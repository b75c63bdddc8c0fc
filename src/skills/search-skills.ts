import type { SkillManifest } from './skill-manifest.js';

type Searched = Pick<
  SkillManifest,
  'name' | 'description' | 'keywords' | 'tools' | 'providers' | 'categories' | 'hint' | 'whenToUse'
>;

/** What a word of the search is worth where it stands: those of the ATI proxy. */
const weights = {
  name: 10,
  keywords: 8,
  tools: 6,
  providers: 6,
  description: 5,
  hint: 4,
  categories: 4,
} as const;

/** Skills that have a word of the search anywhere, the best first, those alike by name. An empty search finds all. */
export function searchSkills<S extends Searched>(skills: readonly S[], search: string): S[] {
  const terms = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (terms.length === 0) return [...skills];
  return skills
    .map((skill) => ({ skill, score: scoreOf(skill, terms) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || (a.skill.name < b.skill.name ? -1 : 1))
    .map(({ skill }) => skill);
}

function scoreOf(skill: Searched, terms: readonly string[]): number {
  const texts: [string, number][] = [
    [skill.name, weights.name],
    [skill.keywords.join('\n'), weights.keywords],
    [skill.tools.join('\n'), weights.tools],
    [skill.providers.join('\n'), weights.providers],
    [skill.description, weights.description],
    [`${skill.hint ?? ''}\n${skill.whenToUse ?? ''}`, weights.hint],
    [skill.categories.join('\n'), weights.categories],
  ];
  const lower = texts.map(([text, weight]) => [text.toLowerCase(), weight] as const);
  return terms.reduce(
    (sum, term) =>
      sum + lower.reduce((score, [text, weight]) => score + (text.includes(term) ? weight : 0), 0),
    0,
  );
}

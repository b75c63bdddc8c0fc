import { providerSlug } from '../lib/provider-slug.js';
import type { SkillAudience, SkillGrants, SkillTool } from './skill-audience.js';
import type { SkillManifest } from './skill-manifest.js';

type Bound = Pick<SkillManifest, 'name' | 'tools' | 'providers' | 'categories' | 'dependsOn'>;

/** Skills that somebody may see, in the order of the list. */
export function visibleSkills<S extends Bound>(
  skills: readonly S[],
  audience: SkillAudience,
): readonly S[] {
  if (audience === 'all') return skills;
  const visible = new Set(grantedSkills(skills, audience));
  return skills.filter((skill) => visible.has(skill));
}

/**
 * The skills that grants lead to, each once: those that are named; for each tool those bound to it, then to its
 * provider, then to one of its categories; at the end all that these depend on, in turn.
 */
export function grantedSkills<S extends Bound>(skills: readonly S[], grants: SkillGrants): S[] {
  const index = indexSkills(skills);
  const found = new Set<S>();
  const add = (more: Iterable<S>) => {
    for (const skill of more) found.add(skill);
  };
  for (const pattern of grants.skills) add(skills.filter(({ name }) => isNamed(name, pattern)));
  for (const tool of grants.tools) add(index.of(tool));
  // A set is walked over what is added to it meanwhile.
  for (const skill of found) {
    add(skill.dependsOn.flatMap((name) => index.byName.get(name) ?? []));
  }
  return [...found];
}

function isNamed(name: string, pattern: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function indexSkills<S extends Bound>(skills: readonly S[]) {
  const byTool = new Map<string, S[]>();
  const byProvider = new Map<string, S[]>();
  const byCategory = new Map<string, S[]>();
  for (const skill of skills) {
    for (const name of new Set(skill.tools.flatMap(spellingsOfTool))) put(byTool, name, skill);
    for (const name of new Set(skill.providers.map(providerSlug))) put(byProvider, name, skill);
    for (const name of new Set(skill.categories.map(fold))) put(byCategory, name, skill);
  }
  return {
    byName: new Map(skills.map((skill) => [skill.name, skill])),
    *of({ names, provider, categories }: SkillTool): Generator<S> {
      for (const name of names) yield* byTool.get(name) ?? [];
      if (provider !== null) yield* byProvider.get(providerSlug(provider)) ?? [];
      for (const category of categories) yield* byCategory.get(fold(category)) ?? [];
    },
  };
}

/** `Pet Store:listPets` means what `pet-store:listPets` does. */
export function spellingsOfTool(name: string): string[] {
  const colon = name.indexOf(':');
  if (colon < 1) return [name];
  return [name, `${providerSlug(name.slice(0, colon))}${name.slice(colon)}`];
}

function put<S>(map: Map<string, S[]>, key: string, skill: S): void {
  const known = map.get(key);
  if (known) known.push(skill);
  else map.set(key, [skill]);
}

function fold(category: string): string {
  return category.toLowerCase();
}

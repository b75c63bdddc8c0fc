import { grantedSkills, visibleSkills } from './select-skills.js';
import type { SkillAudience, SkillGrants } from './skill-audience.js';
import { readSkills, type SkillReads, type SkillRow } from './skills.queries.js';

/**
 * The skills that grants lead to, in the order in which they do, dependencies at the end; only those that the audience
 * sees anyway.
 */
export async function resolveSkills(
  ctx: SkillReads,
  grants: SkillGrants,
  audience: SkillAudience = 'all',
): Promise<SkillRow[]> {
  const skills = await readSkills(ctx);
  const visible = new Set(visibleSkills(skills, audience));
  return grantedSkills(skills, grants).filter((skill) => visible.has(skill));
}

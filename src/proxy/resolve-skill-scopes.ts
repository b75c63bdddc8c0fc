import { readSkill } from '../skills/read-skill.js';
import { resolveSkills } from '../skills/resolve-skills.js';
import type { SkillRow } from '../skills/skills.queries.js';
import { listVisibleTools } from './list-visible-tools.js';
import type { ProxyContext } from './proxy-context.js';
import { readSkillAudience, toGrants } from './visible-skills.js';

export type ResolvedSkill = {
  skill: SkillRow;
  /** Null where it was not asked for. */
  content: string | null;
};

/**
 * The skills that scopes lead to, as far as the caller sees them, in the order in which they do. `*` leads to none: it
 * says that all may be read, not that all are to be loaded.
 */
export async function resolveSkillScopes(
  ctx: ProxyContext,
  scopes: readonly string[],
  { withContent }: { withContent: boolean },
): Promise<ResolvedSkill[]> {
  const audience = await readSkillAudience(ctx);
  const wanted = scopes.filter((scope) => scope !== '*');
  const grants = toGrants(wanted, await listVisibleTools(ctx));
  const skills = await resolveSkills(ctx, grants, audience);
  const resolved: ResolvedSkill[] = [];
  for (const skill of skills) {
    const { name } = skill;
    const content = withContent ? (await readSkill(ctx, { name }, audience)).content : null;
    resolved.push({ skill, content });
  }
  return resolved;
}

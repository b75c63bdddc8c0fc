import { z } from 'zod';
import { AppError } from '../errors.js';
import { parseInput } from '../lib/parse-input.js';
import { visibleSkills } from './select-skills.js';
import type { SkillAudience } from './skill-audience.js';
import { readSkills, type SkillReads, type SkillRow } from './skills.queries.js';

/** A skill by its name or by its id. */
export const SkillKeyInput = z.union(
  [z.object({ name: z.string() }), z.object({ id: z.string() })],
  { error: 'expected the name or the id of a skill' },
);
export type SkillKeyInput = z.input<typeof SkillKeyInput>;

/** Null for a skill that does not exist, or that the audience does not see. */
export async function findSkill(
  ctx: SkillReads,
  raw: SkillKeyInput,
  audience: SkillAudience = 'all',
): Promise<SkillRow | null> {
  const key = parseInput(SkillKeyInput, raw);
  const visible = visibleSkills(await readSkills(ctx), audience);
  const isMeant = (skill: SkillRow) =>
    'name' in key ? skill.name === key.name : skill.id === key.id.toLowerCase();
  return visible.find(isMeant) ?? null;
}

/** Throws NOT_FOUND for a skill that does not exist, or that the audience does not see. */
export async function getSkill(
  ctx: SkillReads,
  raw: SkillKeyInput,
  audience: SkillAudience = 'all',
): Promise<SkillRow> {
  return (await findSkill(ctx, raw, audience)) ?? refuseUnknownSkill(raw);
}

export function refuseUnknownSkill(key: SkillKeyInput): never {
  const shown = 'name' in key ? `called "${key.name}"` : `with the id "${key.id}"`;
  throw new AppError('NOT_FOUND', `There is no skill ${shown}.`, { ...key, reason: 'SKILL' });
}

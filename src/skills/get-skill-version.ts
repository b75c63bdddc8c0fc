import { AppError } from '../errors.js';
import { getSkill } from './get-skill.js';
import type { SkillAudience } from './skill-audience.js';
import { findVersion, type SkillReads, type SkillRow } from './skills.queries.js';

/** `contentHash`: which of its versions; absent: the present one. */
export type SkillVersionKey = { name: string; contentHash?: string | null | undefined };

/** A skill as it is, or was. Throws NOT_FOUND, with `details.reason` `SKILL` or `VERSION`. */
export async function getSkillVersion(
  ctx: SkillReads,
  { name, contentHash }: SkillVersionKey,
  audience: SkillAudience = 'all',
): Promise<SkillRow> {
  const skill = await getSkill(ctx, { name }, audience);
  if (!contentHash || contentHash === skill.contentHash) return skill;
  const version = isHash(contentHash) ? await findVersion(ctx.em, skill, contentHash) : null;
  if (version) return version;
  throw new AppError('NOT_FOUND', `The skill "${name}" has no version "${contentHash}".`, {
    name,
    contentHash,
    reason: 'VERSION',
  });
}

function isHash(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

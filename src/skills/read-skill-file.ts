import { z } from 'zod';
import { AppError } from '../errors.js';
import { parseInput } from '../lib/parse-input.js';
import { checkPath } from './archive/check-path.js';
import { getSkillVersion } from './get-skill-version.js';
import { decodeText } from './plan-skill.js';
import type { SkillAudience } from './skill-audience.js';
import { readContents, type SkillReads } from './skills.queries.js';

export const ReadSkillFileInput = z.object({
  name: z.string(),
  path: z.string().max(1000),
  contentHash: z.string().nullish(),
});
export type ReadSkillFileInput = z.input<typeof ReadSkillFileInput>;

export type ReadSkillFile = {
  requestedSkill: string;
  /** The skill that the file is of: another one where the path begins with `../`. */
  resolvedSkill: string;
  path: string;
  content: Buffer;
  /** Null for a file that is no text in UTF-8. */
  text: string | null;
};

/**
 * One file of a skill, or of its neighbour by `../neighbour/path`, which the audience has to see as well. Throws
 * INVALID_INPUT (`details.reason` `INVALID_PATH`) and NOT_FOUND (`SKILL`, `VERSION` or `PATH`).
 */
export async function readSkillFile(
  ctx: SkillReads,
  raw: ReadSkillFileInput,
  audience: SkillAudience = 'all',
): Promise<ReadSkillFile> {
  const { name, path: wanted, contentHash } = parseInput(ReadSkillFileInput, raw);
  const { skillName, path } = resolvePath(name, wanted);
  // Who names a neighbour must see the skill that it is named from.
  const requested = await getSkillVersion(ctx, { name, contentHash }, audience);
  const skill =
    skillName === name ? requested : await getSkillVersion(ctx, { name: skillName }, audience);
  const content = (await readContents(ctx.em, skill, [path])).get(path);
  if (!content) {
    throw new AppError('NOT_FOUND', `The skill "${skillName}" has no file "${path}".`, {
      name: skillName,
      path,
      reason: 'PATH',
    });
  }
  const text = decodeText(content);
  return { requestedSkill: name, resolvedSkill: skillName, path, content, text };
}

function resolvePath(name: string, wanted: string): { skillName: string; path: string } {
  const neighbour = /^\.\.\/([^/]+)\/(.+)$/s.exec(wanted);
  const checked = checkPath(neighbour?.[2] ?? wanted);
  const skillName = neighbour?.[1] ?? name;
  if (checked.problem !== null || checked.path === '' || skillName === '..') {
    const problem = checked.problem ?? 'names no file';
    throw new AppError('INVALID_INPUT', `path: ${problem}.`, {
      reason: 'INVALID_PATH',
      issues: [{ path: ['path'], message: problem, code: 'invalid_path' }],
    });
  }
  return { skillName, path: checked.path };
}

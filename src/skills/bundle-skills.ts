import { z } from 'zod';
import { AppError } from '../errors.js';
import { parseInput } from '../lib/parse-input.js';
import { decodeText } from './plan-skill.js';
import { visibleSkills } from './select-skills.js';
import type { SkillAudience } from './skill-audience.js';
import { readContents, readSkills, type SkillReads } from './skills.queries.js';

const maxNames = 50;
const maxBytes = 40 * 1024 ** 2;

export const BundleSkillsInput = z.object({
  names: z.array(z.string().max(200)).max(maxNames, {
    error: ({ input }) => `batch size ${sizeOf(input)} exceeds limit of ${maxNames}`,
  }),
});
export type BundleSkillsInput = z.input<typeof BundleSkillsInput>;

/** A file with its content; `text` is null for one that is no text in UTF-8. */
export type BundledFile = { path: string; content: Buffer; text: string | null };

export type SkillBundle = {
  /** By name, the files by path. */
  skills: Map<string, BundledFile[]>;
  /** What does not exist, or is not for the audience. */
  missing: string[];
};

/** Whole skills. Throws INVALID_INPUT for more than 50 names, LIMIT_EXCEEDED where they are too large together. */
export async function bundleSkills(
  ctx: SkillReads,
  raw: BundleSkillsInput,
  audience: SkillAudience = 'all',
): Promise<SkillBundle> {
  const names = new Set(parseInput(BundleSkillsInput, raw).names);
  const visible = visibleSkills(await readSkills(ctx), audience);
  const wanted = visible.filter(({ name }) => names.has(name));
  if (wanted.reduce((sum, { totalBytes }) => sum + totalBytes, 0) > maxBytes) {
    throw new AppError(
      'LIMIT_EXCEEDED',
      `These skills have more than ${maxBytes} bytes together: ask for fewer of them at once.`,
      { maxBytes },
    );
  }
  const skills = new Map<string, BundledFile[]>();
  for (const skill of wanted) {
    const contents = await readContents(ctx.em, skill, null);
    const files = [...contents].map(([path, content]) => ({
      path,
      content,
      text: decodeText(content),
    }));
    skills.set(skill.name, files);
  }
  return { skills, missing: [...names].filter((name) => !skills.has(name)) };
}

function sizeOf(input: unknown): number {
  return Array.isArray(input) ? input.length : 0;
}

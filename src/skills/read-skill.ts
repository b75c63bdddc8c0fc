import { z } from 'zod';
import { parseInput } from '../lib/parse-input.js';
import { query } from '../storage/sql.js';
import { skillFileName } from './archive/find-skill-folder.js';
import { getSkillVersion } from './get-skill-version.js';
import { decodeText } from './plan-skill.js';
import { readFrontMatter } from './read-front-matter.js';
import type { SkillAudience } from './skill-audience.js';
import type { SkillFileInfo } from './skill-version.entity.js';
import { readContents, type SkillReads, type SkillRow } from './skills.queries.js';

export const ReadSkillInput = z.object({
  name: z.string(),
  contentHash: z.string().nullish(),
});
export type ReadSkillInput = z.input<typeof ReadSkillInput>;

/** What an agent reads first. */
export type SkillText = {
  skill: SkillRow;
  /** SKILL.md without its front matter. */
  content: string;
  /** Every file, by path, SKILL.md among them. */
  files: SkillFileInfo[];
  /** Names of the files under `references/`. */
  references: string[];
};

const referencesPrefix = 'references/';

/** A skill's text and the list of its files; of an older version with `contentHash`. Throws NOT_FOUND. */
export async function readSkill(
  ctx: SkillReads,
  raw: ReadSkillInput,
  audience: SkillAudience = 'all',
): Promise<SkillText> {
  const skill = await getSkillVersion(ctx, parseInput(ReadSkillInput, raw), audience);
  const [contents, files] = [
    await readContents(ctx.em, skill, [skillFileName]),
    await listFiles(ctx, skill),
  ];
  const text = decodeText(contents.get(skillFileName) ?? Buffer.alloc(0)) ?? '';
  const references = files
    .filter(({ path }) => path.startsWith(referencesPrefix))
    .map(({ path }) => path.slice(referencesPrefix.length));
  return { skill, content: readFrontMatter(text).body, files, references };
}

async function listFiles({ em }: SkillReads, skill: SkillRow): Promise<SkillFileInfo[]> {
  const [row] = await query<{ files: SkillFileInfo[] }>(
    em,
    `select files from skill_versions where tenant_id = $1 and skill_id = $2::uuid and content_hash = $3`,
    [skill.tenantId, skill.id, skill.contentHash],
  );
  return row?.files ?? [];
}

import type { SkillFile } from './archive-contents.js';
import { archiveRefusal, showName } from './archive-refusal.js';

export const skillFileName = 'SKILL.md';

/** A skill's own folder: its files with paths from there, and its name where the archive has one. */
export type SkillFolder = { name: string | null; files: SkillFile[] };

/**
 * Finds the skill in an archive: `SKILL.md` stands at its top or in its only folder. Throws INVALID_INPUT saying what
 * was found instead.
 */
export function findSkillFolder(files: readonly SkillFile[]): SkillFolder {
  if (files.some(({ path }) => path === skillFileName)) return { name: null, files: [...files] };
  const folder = files[0]?.path.split('/')[0] ?? '';
  const prefix = `${folder}/`;
  const isOnly = files.every(({ path }) => path.startsWith(prefix));
  if (isOnly && files.some(({ path }) => path === `${prefix}${skillFileName}`)) {
    return {
      name: folder,
      files: files.map(({ path, content }) => ({ path: path.slice(prefix.length), content })),
    };
  }
  throw archiveRefusal(
    `${explain(files)} ${skillFileName} stands at the top, or in the only folder.`,
  );
}

function explain(files: readonly SkillFile[]): string {
  if (files.length === 0) return 'The archive has no files.';
  const paths = files.map(({ path }) => path);
  const skills = paths.filter((path) => path.endsWith(`/${skillFileName}`));
  if (skills.length > 1) {
    const shown = skills.slice(0, 3).map(showName).join(' and ');
    return `The archive has more than one skill: ${shown}. Upload each by itself.`;
  }
  const like = paths.find((path) => /(?:^|\/)skill\.md$/i.test(path));
  if (like) return `The archive has ${showName(like)}, but not where a skill has it.`;
  return `The archive has no ${skillFileName}, only ${paths.slice(0, 3).map(showName).join(', ')}${paths.length > 3 ? ' and others' : ''}.`;
}

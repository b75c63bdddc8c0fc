import { createHash } from 'node:crypto';
import type { SkillFile } from './archive/archive-contents.js';
import { type SkillFolder, skillFileName } from './archive/find-skill-folder.js';
import { parseManifest } from './parse-manifest.js';
import { skillLimits } from './skill-limits.js';
import type { SkillManifest } from './skill-manifest.js';
import { skillRefusal } from './skill-refusal.js';

/** A skill as it is stored. */
export type SkillDraft = {
  manifest: SkillManifest;
  /** SHA-256 in hex of the files' paths and contents: how they were packed does not count. */
  contentHash: string;
  files: SkillFile[];
  totalBytes: number;
  warnings: string[];
};

/** Makes a skill of its files. Throws INVALID_INPUT with a sentence. */
export function planSkill({ name, files }: SkillFolder): SkillDraft {
  const { manifest, warnings } = parseManifest(readSkillText(files), name);
  if (files.some(({ path }) => path === 'skill.toml')) {
    warnings.push(
      'skill.toml is kept as a file and not read: what it says belongs into the front matter of SKILL.md.',
    );
  }
  return {
    manifest,
    contentHash: hashFiles(files),
    files,
    totalBytes: files.reduce((sum, { content }) => sum + content.length, 0),
    warnings,
  };
}

function readSkillText(files: readonly SkillFile[]): string {
  const file = files.find(({ path }) => path === skillFileName);
  const { maxSkillFileBytes } = skillLimits;
  if (!file) throw skillRefusal(`The folder has no ${skillFileName}.`);
  if (file.content.length > maxSkillFileBytes) {
    throw skillRefusal(`${skillFileName} is larger than ${maxSkillFileBytes} bytes.`);
  }
  const text = decodeText(file.content);
  if (text === null) throw skillRefusal(`${skillFileName} is no text in UTF-8.`);
  return text;
}

/** Null for bytes that are no text in UTF-8. */
export function decodeText(content: Uint8Array): string | null {
  if (content.includes(0)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    return null;
  }
}

function hashFiles(files: readonly SkillFile[]): string {
  const parts = files
    .map(({ path, content }) => [path, createHash('sha256').update(content).digest('hex')] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

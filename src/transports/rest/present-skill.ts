import type { SkillVersionRow } from '../../skills/list-skill-versions.js';
import type { SkillText } from '../../skills/read-skill.js';
import type { ReadSkillFile } from '../../skills/read-skill-file.js';
import type { SkillRow } from '../../skills/skills.queries.js';
import type { WrittenSkill } from '../../skills/write-skill.js';

export function presentSkill(skill: SkillRow) {
  return {
    id: skill.id,
    name: skill.name,
    version: skill.version,
    description: skill.description,
    when_to_use: skill.whenToUse,
    hint: skill.hint,
    author: skill.author,
    license: skill.license,
    compatibility: skill.compatibility,
    allowed_tools: skill.allowedTools,
    tools: skill.tools,
    providers: skill.providers,
    categories: skill.categories,
    keywords: skill.keywords,
    depends_on: skill.dependsOn,
    suggests: skill.suggests,
    content_hash: skill.contentHash,
    file_count: skill.fileCount,
    total_bytes: skill.totalBytes,
    created_at: skill.createdAt.toISOString(),
    updated_at: skill.updatedAt.toISOString(),
  };
}

export function presentSkillText({ skill, content, files }: SkillText) {
  return { ...presentSkill(skill), content, files };
}

export function presentUpload({ outcome, skill, revision, warnings }: WrittenSkill) {
  return { outcome: outcome.toLowerCase(), revision, warnings, skill: presentSkill(skill) };
}

export function presentSkillVersion(version: SkillVersionRow) {
  return {
    content_hash: version.contentHash,
    version: version.version,
    uploaded_at: version.uploadedAt.toISOString(),
    file_count: version.fileCount,
    total_bytes: version.totalBytes,
    is_current: version.isCurrent,
  };
}

export function presentSkillFile({ path, text, content }: ReadSkillFile) {
  const encoding = text === null ? 'base64' : 'utf-8';
  return { path, encoding, content: text ?? content.toString('base64') };
}

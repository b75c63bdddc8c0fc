import { query } from '../storage/sql.js';
import { getSkill, type SkillKeyInput } from './get-skill.js';
import type { SkillAudience } from './skill-audience.js';
import type { SkillReads } from './skills.queries.js';

export type SkillVersionRow = {
  contentHash: string;
  /** As its author calls it. */
  version: string;
  uploadedAt: Date;
  fileCount: number;
  totalBytes: number;
  isCurrent: boolean;
};

/** What is kept of a skill, the newest upload first. Throws NOT_FOUND. */
export async function listSkillVersions(
  ctx: SkillReads,
  raw: SkillKeyInput,
  audience: SkillAudience = 'all',
): Promise<SkillVersionRow[]> {
  const skill = await getSkill(ctx, raw, audience);
  const rows = await query<SkillVersionRow>(
    ctx.em,
    `select v.content_hash as "contentHash", v.manifest ->> 'version' as version, v.uploaded_at as "uploadedAt",
       json_array_length(v.files) as "fileCount", v.total_bytes as "totalBytes",
       v.content_hash = s.content_hash as "isCurrent"
     from skill_versions v join skills s on s.tenant_id = v.tenant_id and s.id = v.skill_id
     where v.tenant_id = $1 and v.skill_id = $2::uuid order by v.uploaded_at desc, v.content_hash`,
    [skill.tenantId, skill.id],
  );
  return rows.map((row) => ({ ...row, uploadedAt: new Date(row.uploadedAt) }));
}

import type { EntityManager } from '@mikro-orm/postgresql';
import { requireScope } from '../access/require-scope.js';
import { type Context, scopes } from '../context.js';
import { query } from '../storage/sql.js';
import type { Skill } from './skill.entity.js';
import type { SkillManifest } from './skill-manifest.js';
import type { SkillVersion } from './skill-version.entity.js';

/** What a read of skills needs. */
export type SkillReads = Pick<Context, 'em' | 'actor' | 'views'>;

/** A skill as lists show it: one of its versions without the files. */
export type SkillRow = SkillManifest &
  Pick<Skill, 'id' | 'tenantId' | 'contentHash' | 'createdAt' | 'updatedAt'> &
  Pick<SkillVersion, 'totalBytes'> & { fileCount: number };

type StoredRow = Omit<SkillRow, keyof SkillManifest> & { manifest: SkillManifest };

const columns = `s.id, s.tenant_id as "tenantId", v.content_hash as "contentHash", v.manifest,
  json_array_length(v.files) as "fileCount", v.total_bytes as "totalBytes", s.created_at as "createdAt",
  s.updated_at as "updatedAt"`;
const versions = `skills s join skill_versions v on v.tenant_id = s.tenant_id and v.skill_id = s.id`;

/** Every skill of the tenant as it is now, by name. Shared and frozen. */
export async function readSkills({ actor, views }: SkillReads): Promise<readonly SkillRow[]> {
  requireScope(actor, scopes.read);
  const part = 'skills';
  const found = await views.recall(actor.tenant, [part], async ({ em }) => {
    return new Map([[part, await selectSkills(em, actor.tenant)]]);
  });
  return found.get(part)?.value ?? [];
}

/** See `readSkills`; in the transaction of `em`. */
export async function selectSkills(em: EntityManager, tenant: string): Promise<SkillRow[]> {
  const rows = await query<StoredRow>(
    em,
    `select ${columns} from ${versions} and v.content_hash = s.content_hash
     where s.tenant_id = $1 order by s.name collate "C"`,
    [tenant],
  );
  return rows.map(toRow);
}

/** One version of a skill; null when there is no such version. */
export async function findVersion(
  em: EntityManager,
  { tenantId, id }: Pick<SkillRow, 'tenantId' | 'id'>,
  contentHash: string,
): Promise<SkillRow | null> {
  const [row] = await query<StoredRow>(
    em,
    `select ${columns} from ${versions} where s.tenant_id = $1 and s.id = $2::uuid and v.content_hash = $3`,
    [tenantId, id, contentHash],
  );
  return row ? toRow(row) : null;
}

/** The contents of a version's files by path; those that it does not have are left out. `paths` null: all. */
export async function readContents(
  em: EntityManager,
  { tenantId, id, contentHash }: Pick<SkillRow, 'tenantId' | 'id' | 'contentHash'>,
  paths: readonly string[] | null,
): Promise<Map<string, Buffer>> {
  const rows = await query<{ path: string; content: string }>(
    em,
    `select path, encode(content, 'base64') as content from skill_files
     where tenant_id = $1 and skill_id = $2::uuid and content_hash = $3 and ($4::text[] is null or path = any($4))
     order by path collate "C"`,
    [tenantId, id, contentHash, paths],
  );
  return new Map(rows.map(({ path, content }) => [path, Buffer.from(content, 'base64')]));
}

/** Timestamps arrive from the database as text. */
function toRow({ manifest, createdAt, updatedAt, ...row }: StoredRow): SkillRow {
  return {
    ...row,
    ...manifest,
    createdAt: new Date(createdAt),
    updatedAt: new Date(updatedAt),
  };
}

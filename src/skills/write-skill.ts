import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { type CatalogTransaction, writeCatalog } from '../changes/write-catalog.js';
import type { Context } from '../context.js';
import { AppError } from '../errors.js';
import { inBatches } from '../storage/in-batches.js';
import { query } from '../storage/sql.js';
import { findCycle } from './find-cycle.js';
import type { SkillDraft } from './plan-skill.js';
import { skillLimits } from './skill-limits.js';
import { skillRefusal } from './skill-refusal.js';
import { findVersion, type SkillRow, selectSkills } from './skills.queries.js';

export const skillOutcomes = ['CREATED', 'UPDATED', 'UNCHANGED'] as const;
export type SkillOutcome = (typeof skillOutcomes)[number];

export type WrittenSkill = {
  outcome: SkillOutcome;
  skill: SkillRow;
  /** The tenant's revision afterwards. */
  revision: string;
  warnings: string[];
};

/** UPLOAD: it becomes the skill. DIRECTORY: only where the directory has changed since it was loaded last. */
export type SkillOrigin = 'UPLOAD' | 'DIRECTORY';

type WriteContext = Pick<Context, 'em' | 'actor' | 'clock'>;
type Known = { id: string; contentHash: string; loadedHash: string | null };

/**
 * Makes a draft the present version of the skill of its name, in one transaction. What the tenant has already takes no
 * revision. Throws INVALID_INPUT for dependencies that lead back to the skill, LIMIT_EXCEEDED for too many skills.
 */
export async function writeSkill(
  ctx: WriteContext,
  draft: SkillDraft,
  origin: SkillOrigin,
): Promise<WrittenSkill> {
  return writeCatalog(ctx, (transaction) => writeDraft(ctx, transaction, draft, origin));
}

async function writeDraft(
  ctx: WriteContext,
  { em, revision, record }: CatalogTransaction,
  draft: SkillDraft,
  origin: SkillOrigin,
): Promise<WrittenSkill> {
  const tenant = ctx.actor.tenant;
  const { name } = draft.manifest;
  const known = await findKnown(em, tenant, name);
  if (known && isSame(known, draft, origin)) {
    await noteLoaded(em, tenant, known, draft, origin);
    const skill = await readWritten(em, tenant, known.id, known.contentHash);
    return { outcome: 'UNCHANGED', skill, revision, warnings: draft.warnings };
  }
  const others = await selectSkills(em, tenant);
  refuseCycle(draft, others);
  if (!known && others.length >= skillLimits.maxSkills) refuseMoreSkills();
  const id = known?.id ?? randomUUID();
  await putSkill(em, { id, tenant, draft, origin, at: ctx.clock.now() });
  const written = await record({ kind: 'SKILL_UPLOADED', skillId: id });
  return {
    outcome: known ? 'UPDATED' : 'CREATED',
    skill: await readWritten(em, tenant, id, draft.contentHash),
    revision: written,
    warnings: [...draft.warnings, ...warnOfMissing(draft, others)],
  };
}

async function findKnown(em: EntityManager, tenant: string, name: string): Promise<Known | null> {
  const [row] = await query<Known>(
    em,
    `select id, content_hash as "contentHash", loaded_hash as "loadedHash" from skills
     where tenant_id = $1 and name = $2`,
    [tenant, name],
  );
  return row ?? null;
}

/** What a person uploaded stays when a directory, which has not changed, is loaded anew. */
function isSame(known: Known, { contentHash }: SkillDraft, origin: SkillOrigin): boolean {
  if (known.contentHash === contentHash) return true;
  return origin === 'DIRECTORY' && known.loadedHash === contentHash;
}

async function noteLoaded(
  em: EntityManager,
  tenant: string,
  { id, loadedHash }: Known,
  { contentHash }: SkillDraft,
  origin: SkillOrigin,
): Promise<void> {
  if (origin === 'UPLOAD' || loadedHash === contentHash) return;
  await query(em, 'update skills set loaded_hash = $3 where tenant_id = $1 and id = $2::uuid', [
    tenant,
    id,
    contentHash,
  ]);
}

type Put = { id: string; tenant: string; draft: SkillDraft; origin: SkillOrigin; at: Date };

async function putSkill(em: EntityManager, { id, tenant, draft, origin, at }: Put): Promise<void> {
  const { manifest, contentHash, files, totalBytes } = draft;
  const loadedHash = origin === 'DIRECTORY' ? contentHash : null;
  await query(
    em,
    `insert into skills (id, tenant_id, name, content_hash, loaded_hash, created_at, updated_at)
     values ($1::uuid, $2, $3, $4, $5, $6::timestamptz, $6::timestamptz)
     on conflict (tenant_id, id) do update set content_hash = excluded.content_hash,
       loaded_hash = coalesce(excluded.loaded_hash, skills.loaded_hash), updated_at = excluded.updated_at`,
    [id, tenant, manifest.name, contentHash, loadedHash, at.toISOString()],
  );
  const infos = files.map(({ path, content }) => ({ path, bytes: content.length }));
  const [version] = await query<{ isNew: boolean }>(
    em,
    `insert into skill_versions (tenant_id, skill_id, content_hash, manifest, files, total_bytes, uploaded_at)
     values ($1, $2::uuid, $3, $4::text::json, $5::text::json, $6, $7::timestamptz)
     on conflict (tenant_id, skill_id, content_hash) do update set uploaded_at = excluded.uploaded_at
     returning xmax = 0 as "isNew"`,
    [
      ...[tenant, id, contentHash, JSON.stringify(manifest), JSON.stringify(infos), totalBytes],
      at.toISOString(),
    ],
  );
  if (version?.isNew) await putFiles(em, { id, tenant, draft });
  await dropOldVersions(em, tenant, id);
}

async function putFiles(
  em: EntityManager,
  { id, tenant, draft }: Pick<Put, 'id' | 'tenant' | 'draft'>,
): Promise<void> {
  const rows = draft.files
    .values()
    .map(({ path, content }) => JSON.stringify({ path, content: content.toString('base64') }));
  await inBatches(rows, (json) =>
    query(
      em,
      `insert into skill_files (tenant_id, skill_id, content_hash, path, content)
       select $1, $2::uuid, $3, f.path, decode(f.content, 'base64')
       from json_to_recordset($4::text::json) as f (path text, content text)`,
      [tenant, id, draft.contentHash, json],
    ),
  );
}

async function dropOldVersions(em: EntityManager, tenant: string, id: string): Promise<void> {
  await query(
    em,
    `delete from skill_versions v where v.tenant_id = $1 and v.skill_id = $2::uuid and v.content_hash in (
       select o.content_hash from skill_versions o join skills s on s.tenant_id = o.tenant_id and s.id = o.skill_id
       where o.tenant_id = $1 and o.skill_id = $2::uuid and o.content_hash <> s.content_hash
       order by o.uploaded_at desc, o.content_hash offset $3)`,
    [tenant, id, skillLimits.maxVersions - 1],
  );
}

function refuseCycle({ manifest }: SkillDraft, others: readonly SkillRow[]): void {
  const dependencies = new Map(others.map(({ name, dependsOn }) => [name, dependsOn]));
  dependencies.set(manifest.name, manifest.dependsOn);
  const cycle = findCycle(manifest.name, (name) => dependencies.get(name) ?? []);
  if (!cycle) return;
  throw skillRefusal(
    `SKILL.md: front matter, depends_on: leads back to the skill itself: ${cycle.join(' → ')}.`,
    'skill_cycle',
  );
}

function warnOfMissing({ manifest }: SkillDraft, others: readonly SkillRow[]): string[] {
  const names = new Set(others.map(({ name }) => name));
  return manifest.dependsOn
    .filter((name) => !names.has(name))
    .map((name) => `It depends on "${name}", which is not there yet.`);
}

function refuseMoreSkills(): never {
  const { maxSkills } = skillLimits;
  throw new AppError('LIMIT_EXCEEDED', `A tenant has at most ${maxSkills} skills.`, { maxSkills });
}

async function readWritten(
  em: EntityManager,
  tenantId: string,
  id: string,
  contentHash: string,
): Promise<SkillRow> {
  const skill = await findVersion(em, { tenantId, id }, contentHash);
  if (!skill) throw new Error('A skill that was written is not there.');
  return skill;
}

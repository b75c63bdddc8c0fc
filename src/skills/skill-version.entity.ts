import { defineEntity, p } from '@mikro-orm/core';
import type { SkillManifest } from './skill-manifest.js';

/** A file of a version, without its content. */
export type SkillFileInfo = { path: string; bytes: number };

const SkillVersionSchema = defineEntity({
  name: 'SkillVersion',
  tableName: 'skill_versions',
  properties: {
    tenantId: p.text().primary(),
    skillId: p.uuid().primary(),
    contentHash: p.text().primary(),
    manifest: p.json<SkillManifest>().columnType('json'),
    /** By path. */
    files: p.json<SkillFileInfo[]>().columnType('json'),
    totalBytes: p.integer(),
    /** When it was uploaded last. */
    uploadedAt: p.datetime(),
  },
});

/** What a skill was, or is: named by the hash of its content, never altered. */
export class SkillVersion extends SkillVersionSchema.class {}
SkillVersionSchema.setClass(SkillVersion);

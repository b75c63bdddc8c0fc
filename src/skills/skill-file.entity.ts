import { defineEntity, p } from '@mikro-orm/core';

const SkillFileSchema = defineEntity({
  name: 'SkillFile',
  tableName: 'skill_files',
  properties: {
    tenantId: p.text().primary(),
    skillId: p.uuid().primary(),
    contentHash: p.text().primary(),
    path: p.text().primary(),
    content: p.blob(),
  },
});

/** One file of one version of a skill. */
export class SkillFile extends SkillFileSchema.class {}
SkillFileSchema.setClass(SkillFile);

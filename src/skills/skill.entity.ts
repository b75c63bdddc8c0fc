import { defineEntity, p } from '@mikro-orm/core';

const SkillSchema = defineEntity({
  name: 'Skill',
  tableName: 'skills',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.text(),
    /** Unique in the tenant; never changes. */
    name: p.text(),
    /** The version that is shown. */
    contentHash: p.text(),
    /** What the directory of skills had when it was loaded last; null for a skill that was uploaded only. */
    loadedHash: p.text().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});

/** Instructions for agents with the files that go with them. */
export class Skill extends SkillSchema.class {}
SkillSchema.setClass(Skill);

import { registerEnumType } from 'type-graphql';
import { skillOutcomes } from '../../../skills/write-skill.js';
import { enumOf } from './enum-of.js';

export const SkillOutcomeEnum = enumOf(skillOutcomes);

registerEnumType(SkillOutcomeEnum, {
  name: 'SkillOutcome',
  description: 'What an upload did.',
  valuesConfig: {
    CREATED: { description: 'The tenant has a skill more.' },
    UPDATED: { description: 'The skill of that name has a new present version.' },
    UNCHANGED: { description: 'The same files as now; nothing was written.' },
  },
});

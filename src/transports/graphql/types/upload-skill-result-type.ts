import { Field, ObjectType } from 'type-graphql';
import type { SkillOutcome } from '../../../skills/write-skill.js';
import { SkillOutcomeEnum } from '../enums/skill-outcome.js';
import { RevisionScalar } from '../scalars.js';
import { SkillType } from './skill-type.js';

@ObjectType('UploadSkillResult', {
  description: 'The tenant has the skill of the archive now.',
  simpleResolvers: true,
})
export class UploadSkillResultType {
  @Field(() => SkillOutcomeEnum, { description: 'What the upload did.' })
  outcome!: SkillOutcome;

  @Field(() => SkillType, { description: 'The skill as it is now.' })
  skill!: SkillType;

  @Field(() => [String], { description: 'What the author should know, a sentence each.' })
  warnings!: string[];

  @Field(() => RevisionScalar, {
    description:
      'The catalog revision that the upload made; the present one when it was UNCHANGED.',
  })
  revision!: string;
}

import { Field, Int, ObjectType } from 'type-graphql';

@ObjectType('SkillFile', { description: 'A file of a skill.', simpleResolvers: true })
export class SkillFileType {
  @Field(() => String, { description: 'Where it is in the folder of the skill.' })
  path!: string;

  @Field(() => Int, { description: 'How long it is.' })
  bytes!: number;
}

import { Field, ObjectType } from 'type-graphql';
import type { ReadSkillFile } from '../../../skills/read-skill-file.js';

@ObjectType('SkillFileContent', {
  description: 'What stands in a file of a skill: as `text`, or as `base64` where it is no UTF-8.',
  simpleResolvers: true,
})
export class SkillFileContentType {
  @Field(() => String, { description: 'Where it is in the folder of the skill.' })
  path!: string;

  @Field(() => String, { nullable: true, description: 'The text; null for what is none.' })
  text?: string | null;

  @Field(() => String, { nullable: true, description: 'The bytes; null for a text.' })
  base64?: string | null;
}

export function toSkillFileContent({ path, text, content }: ReadSkillFile): SkillFileContentType {
  return { path, text, base64: text === null ? content.toString('base64') : null };
}

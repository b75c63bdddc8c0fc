import { Field, Int, ObjectType } from 'type-graphql';
import { DateTimeScalar } from '../scalars.js';

@ObjectType('SkillVersion', {
  description: 'What a skill is, or was.',
  simpleResolvers: true,
})
export class SkillVersionType {
  @Field(() => String, { description: 'SHA-256, hex, of the paths and contents of its files.' })
  contentHash!: string;

  @Field(() => String, { description: 'As its author calls it.' })
  version!: string;

  @Field(() => DateTimeScalar, { description: 'When it was uploaded last.' })
  uploadedAt!: Date;

  @Field(() => Int, { description: 'How many files it has.' })
  fileCount!: number;

  @Field(() => Int, { description: 'The bytes of all of them.' })
  totalBytes!: number;

  @Field(() => Boolean, { description: 'Whether it is the one that agents get.' })
  isCurrent!: boolean;
}

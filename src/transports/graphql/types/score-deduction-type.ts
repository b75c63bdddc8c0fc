import { Field, Int, ObjectType } from 'type-graphql';

@ObjectType('ScoreDeduction', {
  description: 'Points taken off the compatibility score, tied to the problems of one code.',
  simpleResolvers: true,
})
export class ScoreDeductionType {
  @Field(() => String, { description: 'Code of the problems that it stands for.' })
  code!: string;

  @Field(() => String, { description: 'A sentence for people.' })
  message!: string;

  @Field(() => Int, { description: 'Points of 100.' })
  points!: number;

  @Field(() => String, {
    description: 'JSON pointer (RFC 6901) to the first place in the document that it is about.',
  })
  pointer!: string;
}

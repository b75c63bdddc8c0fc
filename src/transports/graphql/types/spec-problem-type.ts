import { Field, Int, ObjectType } from 'type-graphql';
import type { ProblemSeverity } from '../../../openapi/types.js';
import { ProblemSeverityEnum } from '../enums/problem-severity.js';

@ObjectType('SpecProblem', {
  description: 'One finding about a document.',
  simpleResolvers: true,
})
export class SpecProblemType {
  @Field(() => String, { description: 'A code for programs.' })
  code!: string;

  @Field(() => String, { description: 'What is wrong, where, and what was expected.' })
  message!: string;

  @Field(() => String, {
    description:
      'JSON pointer (RFC 6901) into the document; prefixed with `url#` where that is not the root document.',
  })
  pointer!: string;

  @Field(() => ProblemSeverityEnum, { description: 'How much it matters.' })
  severity!: ProblemSeverity;

  @Field(() => Int, {
    nullable: true,
    description: 'Line in the text, from 1; null for a document that came as a JSON value.',
  })
  line?: number | null;
}

import { Field, ObjectType } from 'type-graphql';
import { JsonScalar } from '../scalars.js';

@ObjectType('CallError', {
  description: 'Why a call is not OK.',
  simpleResolvers: true,
})
export class CallErrorType {
  @Field(() => String, { description: 'A code for programs, such as `UPSTREAM_FAILED`.' })
  code!: string;

  @Field(() => String, { description: 'What went wrong, as a sentence that a model can act on.' })
  message!: string;

  @Field(() => JsonScalar, { nullable: true, description: 'More for programs.' })
  details?: unknown;
}

import { Field, ID, Int, ObjectType } from 'type-graphql';
import { DeadLetterReasonEnum, type DeadLetterReasonName } from '../enums/dead-letter-reason.js';
import { DateTimeScalar } from '../scalars.js';

@ObjectType('DeadLetter', {
  description: 'A request to the workers that none of them tries any more.',
  simpleResolvers: true,
})
export class DeadLetterType {
  @Field(() => ID, { description: 'To replay it.' })
  id!: string;

  @Field(() => DeadLetterReasonEnum, { description: 'Why it is not tried any more.' })
  reason!: DeadLetterReasonName;

  @Field(() => String, { description: 'The same, as a sentence.' })
  error!: string;

  @Field(() => Int, { description: 'How often workers got it.' })
  attempt!: number;

  @Field(() => ID, {
    nullable: true,
    description: 'Of the submitted call; null for a request that came over the stream.',
  })
  callId?: string | null;

  @Field(() => String, { description: 'As the request had it; empty where it had none.' })
  traceId!: string;

  @Field(() => DateTimeScalar, { description: 'When it was given up.' })
  at!: Date;
}

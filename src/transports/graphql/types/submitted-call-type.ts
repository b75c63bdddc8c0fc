import { Field, ID, ObjectType } from 'type-graphql';
import type { SubmittedState } from '../../../calls/submitted/submitted-call.entity.js';
import { SubmittedStateEnum } from '../enums/submitted-state.js';
import { DateTimeScalar } from '../scalars.js';
import { CallResultType } from './call-result-type.js';

@ObjectType('SubmittedCall', {
  description: 'A call that its caller does not wait for.',
  simpleResolvers: true,
})
export class SubmittedCallType {
  @Field(() => ID, { description: 'To ask for its result.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'The application that asked.' })
  appId?: string | null;

  @Field(() => ID, { description: 'The agent whose tool it is.' })
  agentId!: string;

  @Field(() => String, { description: 'The name under which it is called.' })
  toolName!: string;

  @Field(() => String, { nullable: true, description: 'As the caller gave it.' })
  idempotencyKey?: string | null;

  @Field(() => SubmittedStateEnum, { description: 'How far it is.' })
  state!: SubmittedState;

  @Field(() => CallResultType, {
    nullable: true,
    description:
      'What it came to; null until it is DONE. Of a call that never ran, `callId` is its own id and `error` says why.',
  })
  result?: CallResultType | null;

  @Field(() => DateTimeScalar, { description: 'When it was submitted.' })
  submittedAt!: Date;

  @Field(() => DateTimeScalar, {
    description: 'It does not begin after that: TIMEOUT then, and nothing was sent.',
  })
  deadlineAt!: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When a worker first began it.' })
  startedAt?: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When its result stood.' })
  finishedAt?: Date | null;
}

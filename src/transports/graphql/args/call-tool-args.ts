import { ArgsType, Field, ID } from 'type-graphql';
import { JsonScalar } from '../scalars.js';

@ArgsType()
export class CallToolArgs {
  @Field(() => ID, { description: 'Id of an agent.' })
  agentId!: string;

  @Field(() => String, { description: 'Name of the tool, as the tools of the agent list it.' })
  name!: string;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'An object that fits the input schema of the tool. Default: no arguments.',
  })
  arguments?: unknown;

  @Field(() => String, {
    nullable: true,
    description:
      'Calls of one agent and tool with the same key are made once in 24 hours: each gets the same answer. CONFLICT with other arguments.',
  })
  idempotencyKey?: string | null;
}

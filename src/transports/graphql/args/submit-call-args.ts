import { ArgsType, Field, ID } from 'type-graphql';
import { DateTimeScalar, JsonScalar } from '../scalars.js';

@ArgsType()
export class SubmitCallArgs {
  @Field(() => ID, { description: 'Id of an agent.' })
  agentId!: string;

  @Field(() => String, { description: 'Name of the tool, as the tools of the agent list it.' })
  name!: string;

  @Field(() => JsonScalar, {
    nullable: true,
    description:
      'An object that fits the input schema of the tool, 1 MiB at most. Default: no arguments.',
  })
  arguments?: unknown;

  @Field(() => String, {
    nullable: true,
    description:
      'The same agent, tool and key are one call, until 24 hours after its end; with `callTool` too. CONFLICT with other arguments.',
  })
  idempotencyKey?: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'It does not begin after that. At most 7 days ahead; default: 24 hours.',
  })
  deadline?: Date | null;
}

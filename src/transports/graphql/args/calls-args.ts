import { ArgsType, Field, ID, Int } from 'type-graphql';
import type { CallOutcome } from '../../../calls/call-types.js';
import { CallOutcomeEnum } from '../enums/call-outcome.js';
import { DateTimeScalar } from '../scalars.js';

@ArgsType()
export class CallsArgs {
  @Field(() => ID, { nullable: true, description: 'Only those of this agent.' })
  agentId?: string | null;

  @Field(() => String, { nullable: true, description: 'Only those under this name of a tool.' })
  toolName?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'Only those of this endpoint, or tool of an MCP server.',
  })
  endpointId?: string | null;

  @Field(() => CallOutcomeEnum, { nullable: true, description: 'Only those that came to this.' })
  outcome?: CallOutcome | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Only those from then on.' })
  since?: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Only those before then.' })
  until?: Date | null;

  @Field(() => Int, {
    nullable: true,
    defaultValue: 50,
    description: 'Page size, 1 to 1000.',
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Continue behind this cursor.' })
  after?: string | null;
}

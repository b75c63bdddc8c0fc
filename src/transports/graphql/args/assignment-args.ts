import { ArgsType, Field, ID } from 'type-graphql';

@ArgsType()
export class AssignmentArgs {
  @Field(() => ID, { description: 'Id of an agent.' })
  agentId!: string;

  @Field(() => [ID], { description: 'Ids of endpoints.' })
  endpointIds!: string[];
}

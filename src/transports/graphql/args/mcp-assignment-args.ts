import { ArgsType, Field, ID } from 'type-graphql';

@ArgsType()
export class McpAssignmentArgs {
  @Field(() => ID, { description: 'Id of an agent.' })
  agentId!: string;

  @Field(() => [String], {
    description: 'Names of tools: `tool`, or `server/tool` where two servers share the name.',
  })
  tools!: string[];
}

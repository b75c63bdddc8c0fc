import { ArgsType, Field, ID, Int } from 'type-graphql';
import { type ToolKind, ToolKindEnum } from '../enums/tool-kind.js';

@ArgsType()
export class SearchToolsArgs {
  @Field(() => String, {
    description: 'What the tool should do, in words or by its name: up to 2000 characters.',
  })
  query!: string;

  @Field(() => ID, { nullable: true, description: 'Only tools that this agent may call.' })
  agentId?: string | null;

  @Field(() => ToolKindEnum, {
    nullable: true,
    description:
      'Only tools of this kind. Default: those that are called here, ENDPOINT and MCP; local tools, which agents execute themselves, are found with LOCAL.',
  })
  kind?: ToolKind | null;

  @Field(() => Int, {
    nullable: true,
    defaultValue: 10,
    description: 'How many matches, 1 to 100.',
  })
  first?: number | null;
}

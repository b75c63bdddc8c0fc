import { ArgsType, Field, Int } from 'type-graphql';
import { type ToolKind, ToolKindEnum } from '../enums/tool-kind.js';

@ArgsType()
export class ToolsArgs {
  @Field(() => Int, {
    nullable: true,
    defaultValue: 100,
    description: 'Page size, 1 to 1000.',
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Continue behind this cursor.' })
  after?: string | null;

  @Field(() => ToolKindEnum, {
    nullable: true,
    description:
      'Only tools of this kind. Default: those that are called here, ENDPOINT and MCP; local tools, which the agent executes itself, are listed with LOCAL.',
  })
  kind?: ToolKind | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Only those that this is about, the best first, and behind them those with the text itself in their name or description.',
  })
  search?: string | null;
}

import { ArgsType, Field, ID } from 'type-graphql';

@ArgsType()
export class SkillsArgs {
  @Field(() => String, { nullable: true, description: 'Words to find; the best come first.' })
  search?: string | null;

  @Field(() => String, { nullable: true, description: 'Only those that name this tool.' })
  tool?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Only those that name this API or MCP server.',
  })
  provider?: string | null;

  @Field(() => String, { nullable: true, description: 'Only those that name this tag.' })
  category?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'Only those that the tools of this agent lead to, with what they depend on.',
  })
  agentId?: string | null;
}

import { Arg, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { listLocalTools } from '../../../local-tools/list-local-tools.js';
import type { AgentType, LocalTool } from '../../../local-tools/local-tool.entity.js';
import { AgentTypeEnum } from '../enums/agent-type.js';
import { type ToolKind, ToolKindEnum } from '../enums/tool-kind.js';
import type { GraphqlContext } from '../graphql-context.js';
import { LocalToolType } from '../types/local-tool-type.js';

@Resolver(() => LocalToolType)
export class LocalToolResolver {
  @Query(() => [LocalToolType], { description: 'The built-in tools.' })
  localTools(
    @Arg('agentType', () => AgentTypeEnum, {
      nullable: true,
      description: 'Only those that suit agents of this kind.',
    })
    agentType: AgentType | null | undefined,
    @Ctx() ctx: GraphqlContext,
  ): Promise<LocalToolType[]> {
    return listLocalTools(ctx, { agentType });
  }

  @FieldResolver(() => ToolKindEnum, { description: 'Always LOCAL.' })
  kind(): ToolKind {
    return 'LOCAL';
  }

  @FieldResolver(() => Boolean, { description: 'Whether agents are offered it.' })
  enabled(@Root() { isActive }: Pick<LocalTool, 'isActive'>): boolean {
    return isActive;
  }
}

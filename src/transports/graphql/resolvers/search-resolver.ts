import { Args, Ctx, FieldResolver, Int, Query, Resolver, Root } from 'type-graphql';
import { searchTools } from '../../../agents/search-tools.js';
import { estimateTokens } from '../../../lib/estimate-tokens.js';
import type { LocalToolRow } from '../../../local-tools/list-local-tools.js';
import { SearchToolsArgs } from '../args/search-tools-args.js';
import type { GraphqlContext } from '../graphql-context.js';
import { AgentType } from '../types/agent-type.js';
import { EndpointType } from '../types/endpoint-type.js';
import { LocalToolType } from '../types/local-tool-type.js';
import { McpToolType } from '../types/mcp-tool-type.js';
import { ToolMatchType } from '../types/tool-match-type.js';

const tokensDescription =
  'About how many tokens of a model its name, description and input schema take.';

@Resolver(() => ToolMatchType)
export class SearchResolver {
  @Query(() => [ToolMatchType], {
    description:
      'The tools that answer a question best, the best first: by the words of their names, descriptions, tags, parameters and APIs, misspelt ones too.',
  })
  searchTools(
    @Args(() => SearchToolsArgs) args: SearchToolsArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<ToolMatchType[]> {
    return searchTools(ctx, args);
  }
}

@Resolver(() => EndpointType)
export class EndpointTokensResolver {
  @FieldResolver(() => Int, { nullable: true, description: tokensDescription })
  estimatedTokens(
    @Root() { id }: { id: string },
    @Ctx() { loaders }: GraphqlContext,
  ): Promise<number | null> {
    return loaders.toolTokens.load(id);
  }
}

@Resolver(() => McpToolType)
export class McpToolTokensResolver {
  @FieldResolver(() => Int, { nullable: true, description: tokensDescription })
  estimatedTokens(
    @Root() { id }: { id: string },
    @Ctx() { loaders }: GraphqlContext,
  ): Promise<number | null> {
    return loaders.toolTokens.load(id);
  }
}

@Resolver(() => LocalToolType)
export class LocalToolTokensResolver {
  @FieldResolver(() => Int, { nullable: true, description: tokensDescription })
  estimatedTokens(@Root() tool: LocalToolRow): number {
    const { name, description, inputSchema } = tool;
    return estimateTokens(JSON.stringify({ name, description, inputSchema }).length);
  }
}

@Resolver(() => AgentType)
export class AgentTokensResolver {
  @FieldResolver(() => Int, {
    description: 'About how many tokens of a model the definitions of its tools take together.',
  })
  estimatedTokens(@Root() { id }: AgentType, @Ctx() { loaders }: GraphqlContext): Promise<number> {
    return loaders.agentTokens.load(id);
  }
}

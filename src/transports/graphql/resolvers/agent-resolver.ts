import {
  Arg,
  Args,
  Ctx,
  FieldResolver,
  ID,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { assignMcpTools } from '../../../agents/assign-mcp-tools.js';
import { assignTools } from '../../../agents/assign-tools.js';
import { listAgents } from '../../../agents/list-agents.js';
import { unassignTools } from '../../../agents/unassign-tools.js';
import { AssignmentArgs } from '../args/assignment-args.js';
import { McpAssignmentArgs } from '../args/mcp-assignment-args.js';
import { ToolsArgs } from '../args/tools-args.js';
import type { GraphqlContext } from '../graphql-context.js';
import { RevisionScalar } from '../scalars.js';
import { toConnection } from '../to-connection.js';
import { AgentType, toAgent } from '../types/agent-type.js';
import { ToolConnectionType } from '../types/tool-connection-type.js';

@Resolver(() => AgentType)
export class AgentResolver {
  @Query(() => AgentType, { description: 'An agent, whether it has tools yet or not.' })
  agent(@Arg('id', () => ID, { description: 'Id of an agent.' }) id: string): AgentType {
    return toAgent(id);
  }

  @Query(() => [AgentType], { description: 'Every agent of the tenant that has tools, by id.' })
  agents(@Ctx() ctx: GraphqlContext): Promise<AgentType[]> {
    return listAgents(ctx);
  }

  @Mutation(() => AgentType, {
    description:
      'Adds endpoints to the tools of an agent; those it has already stay. BAD_USER_INPUT names ids that do not exist, and nothing is written.',
  })
  async assignTools(
    @Args(() => AssignmentArgs) args: AssignmentArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<AgentType> {
    return toAgent((await assignTools(ctx, args)).agentId);
  }

  @Mutation(() => AgentType, {
    description:
      'Takes endpoints from the tools of an agent; those it does not have are passed over. BAD_USER_INPUT names ids that do not exist.',
  })
  async unassignTools(
    @Args(() => AssignmentArgs) args: AssignmentArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<AgentType> {
    return toAgent((await unassignTools(ctx, args)).agentId);
  }

  @Mutation(() => AgentType, {
    description:
      'Makes these the MCP tools of an agent; those that are not named are taken from it. BAD_USER_INPUT names what is unknown, with the nearest names, or ambiguous, and nothing is written.',
  })
  async assignMcpTools(
    @Args(() => McpAssignmentArgs) args: McpAssignmentArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<AgentType> {
    return toAgent((await assignMcpTools(ctx, args)).agentId);
  }

  @FieldResolver(() => Int, { description: 'How many tools it may call.' })
  async toolCount(@Root() { id }: AgentType, @Ctx() { loaders }: GraphqlContext): Promise<number> {
    return (await loaders.toolCounts.load(id)).count;
  }

  @FieldResolver(() => ToolConnectionType, {
    description:
      'The tools that it is offered, each under the name that is unique among them: exactly what it may call.',
  })
  async tools(
    @Root() { id }: AgentType,
    @Args(() => ToolsArgs) args: ToolsArgs,
    @Ctx() { loaders }: GraphqlContext,
  ): Promise<ToolConnectionType> {
    return toConnection(await loaders.toolPages.load(id, args));
  }

  @FieldResolver(() => [String], {
    description:
      'The MCP tools that it is assigned, offered now or not: `tool`, or `server/tool` where two servers share the name.',
  })
  async mcpTools(
    @Root() { id }: AgentType,
    @Ctx() { loaders }: GraphqlContext,
  ): Promise<readonly string[]> {
    return (await loaders.mcpToolNames.load(id)).names;
  }

  @FieldResolver(() => RevisionScalar, {
    description:
      'The catalog revision that the other fields are of: who follows `catalogChanged` after it misses nothing.',
  })
  async catalogRevision(
    @Root() { id }: AgentType,
    @Ctx() { loaders }: GraphqlContext,
  ): Promise<string> {
    return (await loaders.toolCounts.load(id)).revision;
  }
}

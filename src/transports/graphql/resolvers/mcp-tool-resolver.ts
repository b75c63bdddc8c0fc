import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import type { ToolGrade } from '../../../catalog/grade-tool-change.js';
import { AppError } from '../../../errors.js';
import { approveMcpTool } from '../../../mcp-servers/approve-mcp-tool.js';
import type { McpToolDrift, McpToolRow } from '../../../mcp-servers/mcp-tools.queries.js';
import { ToolGradeEnum } from '../enums/tool-grade.js';
import type { GraphqlContext } from '../graphql-context.js';
import { HeldMcpToolType, toHeldMcpTool } from '../types/held-mcp-tool-type.js';
import { McpServerType } from '../types/mcp-server-type.js';
import { McpToolType } from '../types/mcp-tool-type.js';

type Tool = Pick<McpToolRow, 'id' | 'serverId'>;

@Resolver(() => McpToolType)
export class McpToolResolver {
  @Mutation(() => McpToolType, {
    description:
      'Puts into service what is held back of an MCP tool. NOT_FOUND when there is none with this id; CONFLICT when the server has changed it again since.',
  })
  approveMcpTool(
    @Arg('id', () => ID, { description: 'Id of an MCP tool.' }) id: string,
    @Arg('fingerprint', () => String, {
      nullable: true,
      description: 'Of the definition that was looked at; another one is not approved.',
    })
    fingerprint: string | null | undefined,
    @Ctx() ctx: GraphqlContext,
  ): Promise<McpToolType> {
    return approveMcpTool(ctx, { tool: id, fingerprint });
  }

  @FieldResolver(() => McpServerType, { description: 'The server that it is a tool of.' })
  async server(
    @Root() { id, serverId }: Tool,
    @Ctx() { loaders }: GraphqlContext,
  ): Promise<McpServerType> {
    return (await loaders.mcpServers.load(serverId)) ?? toolIsGone(id);
  }

  @FieldResolver(() => ToolGradeEnum, {
    nullable: true,
    description: 'How its last change was graded; null for a tool that never changed.',
  })
  async grade(@Root() tool: Tool, @Ctx() ctx: GraphqlContext): Promise<ToolGrade | null> {
    return (await driftOf(tool, ctx)).grade ?? null;
  }

  @FieldResolver(() => [String], { description: 'What led to the grade, a sentence each.' })
  async reasons(@Root() tool: Tool, @Ctx() ctx: GraphqlContext): Promise<string[]> {
    return (await driftOf(tool, ctx)).reasons;
  }

  @FieldResolver(() => HeldMcpToolType, {
    nullable: true,
    description:
      'A newer definition that waits for approval; for a tool that was never approved, the one that it came with.',
  })
  async held(@Root() tool: Tool, @Ctx() ctx: GraphqlContext): Promise<HeldMcpToolType | null> {
    const { held } = await driftOf(tool, ctx);
    return held ? toHeldMcpTool(held) : null;
  }
}

async function driftOf({ id }: Tool, { loaders }: GraphqlContext): Promise<McpToolDrift> {
  return (await loaders.mcpToolDrift.load(id)) ?? toolIsGone(id);
}

function toolIsGone(id: string): never {
  throw new AppError('NOT_FOUND', `The MCP tool ${id} was removed while it was being read.`);
}

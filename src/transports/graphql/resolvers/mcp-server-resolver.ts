import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { findMcpServer } from '../../../mcp-servers/get-mcp-server.js';
import { listMcpServers } from '../../../mcp-servers/list-mcp-servers.js';
import { refreshMcpServer } from '../../../mcp-servers/refresh-mcp-server.js';
import { registerMcpServer } from '../../../mcp-servers/register-mcp-server.js';
import { removeMcpServer } from '../../../mcp-servers/remove-mcp-server.js';
import { updateMcpServer } from '../../../mcp-servers/update-mcp-server.js';
import { updateMcpServerTokens } from '../../../mcp-servers/update-mcp-server-tokens.js';
import type { GraphqlContext } from '../graphql-context.js';
import { McpServerTokensInputType } from '../inputs/mcp-server-tokens-input-type.js';
import { RegisterMcpServerInputType } from '../inputs/register-mcp-server-input-type.js';
import { UpdateMcpServerInputType } from '../inputs/update-mcp-server-input-type.js';
import { McpServerType } from '../types/mcp-server-type.js';
import { McpToolType } from '../types/mcp-tool-type.js';

const serverId = { description: 'Id of an MCP server.' };

@Resolver(() => McpServerType)
export class McpServerResolver {
  @Query(() => McpServerType, {
    nullable: true,
    description: 'One MCP server; null when the tenant has none with this id.',
  })
  mcpServer(
    @Arg('id', () => ID, serverId) id: string,
    @Ctx() ctx: GraphqlContext,
  ): Promise<McpServerType | null> {
    return findMcpServer(ctx, { id });
  }

  @Query(() => [McpServerType], { description: 'MCP servers, by name.' })
  mcpServers(
    @Arg('appId', () => String, {
      nullable: true,
      description:
        'Only those of this application. Default: the application of the request, or all of the tenant if it names none.',
    })
    appId: string | null | undefined,
    @Ctx() ctx: GraphqlContext,
  ): Promise<McpServerType[]> {
    return listMcpServers(ctx, { appId });
  }

  @Mutation(() => McpServerType, {
    description:
      'Registers an MCP server and asks it for its tools. One that does not answer is registered all the same: see its `status`.',
  })
  registerMcpServer(
    @Arg('input', () => RegisterMcpServerInputType, { description: 'The server.' })
    input: RegisterMcpServerInputType,
    @Ctx() ctx: GraphqlContext,
  ): Promise<McpServerType> {
    return registerMcpServer(ctx, input);
  }

  @Mutation(() => McpServerType, {
    description: 'Stores tokens of an MCP server. NOT_FOUND when there is none with this id.',
  })
  updateMcpServerTokens(
    @Arg('id', () => ID, serverId) id: string,
    @Arg('input', () => McpServerTokensInputType, { description: 'The tokens.' })
    input: McpServerTokensInputType,
    @Ctx() ctx: GraphqlContext,
  ): Promise<McpServerType> {
    return updateMcpServerTokens(ctx, { ...input, id });
  }

  @Mutation(() => McpServerType, {
    description:
      'Changes the settings of an MCP server. NOT_FOUND when there is none with this id.',
  })
  updateMcpServer(
    @Arg('input', () => UpdateMcpServerInputType, { description: 'What to change.' })
    input: UpdateMcpServerInputType,
    @Ctx() ctx: GraphqlContext,
  ): Promise<McpServerType> {
    return updateMcpServer(ctx, input);
  }

  @Mutation(() => McpServerType, {
    description:
      'Switches an MCP server off, which takes its tools from all agents at once, or on again. NOT_FOUND when there is none with this id.',
  })
  setMcpServerActive(
    @Arg('id', () => ID, serverId) id: string,
    @Arg('isActive', () => Boolean, { description: 'false switches it off.' }) isActive: boolean,
    @Ctx() ctx: GraphqlContext,
  ): Promise<McpServerType> {
    return updateMcpServer(ctx, { id, isActive });
  }

  @Mutation(() => McpServerType, {
    description:
      'Asks an MCP server for its tools now. NOT_FOUND when there is none with this id, CONFLICT when it is switched off, UPSTREAM_ERROR or UPSTREAM_TIMEOUT when it fails; the tools that it had stay.',
  })
  refreshMcpServer(
    @Arg('id', () => ID, serverId) id: string,
    @Ctx() ctx: GraphqlContext,
  ): Promise<McpServerType> {
    return refreshMcpServer(ctx, { id });
  }

  @Mutation(() => Boolean, {
    description:
      'Removes an MCP server with its tools; they leave the tools of their agents. NOT_FOUND when there is none with this id.',
  })
  removeMcpServer(
    @Arg('id', () => ID, serverId) id: string,
    @Ctx() ctx: GraphqlContext,
  ): Promise<boolean> {
    return removeMcpServer(ctx, { id });
  }

  @FieldResolver(() => [McpToolType], {
    description:
      'What it listed last, in its order; tools that are held back have `enabled: false`.',
  })
  async tools(
    @Root() { id }: McpServerType,
    @Ctx() { loaders }: GraphqlContext,
  ): Promise<McpToolType[]> {
    return loaders.mcpToolsOf.load(id);
  }
}

import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { CallRecord } from '../../../calls/call-record.entity.js';
import type { GraphqlContext } from '../graphql-context.js';
import { CallRecordType } from '../types/call-record-type.js';
import { McpServerType } from '../types/mcp-server-type.js';

@Resolver(() => CallRecordType)
export class CallRecordResolver {
  @FieldResolver(() => McpServerType, {
    nullable: true,
    description: 'The MCP server whose tool was called; null for an endpoint, and when it is gone.',
  })
  async mcpServer(
    @Root() { mcpServerId }: Pick<CallRecord, 'mcpServerId'>,
    @Ctx() { loaders }: GraphqlContext,
  ): Promise<McpServerType | null> {
    return mcpServerId ? loaders.mcpServers.load(mcpServerId) : null;
  }
}

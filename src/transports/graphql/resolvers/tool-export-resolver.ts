import { Arg, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { ExportFormat } from '../../../agents/export/export-formats.js';
import { exportAgentTools } from '../../../agents/export-agent-tools.js';
import { ExportFormatEnum } from '../enums/export-format.js';
import type { GraphqlContext } from '../graphql-context.js';
import { AgentType } from '../types/agent-type.js';
import { ToolExportType } from '../types/tool-export-type.js';

@Resolver(() => AgentType)
export class ToolExportResolver {
  @FieldResolver(() => ToolExportType, {
    description: 'The tools that it may call, ready for the request to a provider.',
  })
  exportTools(
    @Root() { id }: AgentType,
    @Arg('format', () => ExportFormatEnum, { description: 'Whose request.' }) format: ExportFormat,
    @Ctx() ctx: GraphqlContext,
  ): Promise<ToolExportType> {
    return exportAgentTools(ctx, { agentId: id, format });
  }
}

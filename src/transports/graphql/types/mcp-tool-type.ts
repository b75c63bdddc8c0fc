import { Directive, Field, ObjectType } from 'type-graphql';
import type { ToolKind } from '../enums/tool-kind.js';
import { JsonScalar } from '../scalars.js';
import { ToolType } from './tool-type.js';

@Directive('@key(fields: "id")')
@ObjectType('McpTool', {
  implements: ToolType,
  description:
    'A tool of an MCP server, as it was approved last. Among the tools of an agent, `name` is the name that is unique there.',
  simpleResolvers: true,
})
export class McpToolType
  implements
    Pick<
      ToolType,
      'id' | 'name' | 'description' | 'kind' | 'enabled' | 'inputSchema' | 'outputSchema'
    >
{
  id!: string;
  name!: string;
  description?: string | null;
  kind!: ToolKind;
  enabled!: boolean;
  inputSchema!: unknown;
  outputSchema?: unknown;

  @Field(() => String, { nullable: true, description: 'A name for people.' })
  title?: string | null;

  @Field(() => String, { description: 'What its server calls it.' })
  serverToolName!: string;

  @Field(() => JsonScalar, {
    description:
      'What the server says of its effects, unproven: `readOnlyHint`, `destructiveHint`, `idempotentHint`, `openWorldHint`.',
  })
  annotations!: Record<string, unknown>;
}

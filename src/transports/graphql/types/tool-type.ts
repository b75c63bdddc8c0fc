import { Field, ID, Int, InterfaceType } from 'type-graphql';
import { type ToolKind, ToolKindEnum } from '../enums/tool-kind.js';
import { JsonScalar } from '../scalars.js';

const typeNames = { ENDPOINT: 'Endpoint', MCP: 'McpTool', LOCAL: 'LocalTool' } as const;

/** What backs a `Tool`: each row says of itself what it is. */
export type ToolRow = { id: string; name: string; kind: ToolKind };

@InterfaceType('Tool', {
  description:
    'Something that an agent can call: an endpoint of an API, a tool of an MCP server, or a local tool.',
  resolveType: ({ kind }: ToolRow) => typeNames[kind],
})
export abstract class ToolType {
  @Field(() => ID, { description: 'Stays the same for as long as the tool exists.' })
  id!: string;

  @Field(() => String, {
    description:
      'The name that a model calls it by: 1 to 64 letters, digits, `_` or `-`. Unique within the tools of one agent.',
  })
  name!: string;

  @Field(() => String, { nullable: true, description: 'What it does, for the model.' })
  description?: string | null;

  @Field(() => ToolKindEnum, { description: 'What stands behind the tool.' })
  kind!: ToolKind;

  @Field(() => Boolean, { description: 'Whether agents are offered it.' })
  enabled!: boolean;

  @Field(() => Int, {
    nullable: true,
    description: 'About how many tokens of a model its name, description and input schema take.',
  })
  estimatedTokens?: number | null;

  @Field(() => JsonScalar, {
    description: 'JSON Schema 2020-12 of the arguments; its root has `type: object`.',
  })
  inputSchema!: unknown;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'JSON Schema 2020-12 of a successful result; null where it is not known.',
  })
  outputSchema?: unknown;
}

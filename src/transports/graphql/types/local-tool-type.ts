import { Directive, Field, ObjectType } from 'type-graphql';
import type { AgentType as AgentKind } from '../../../local-tools/local-tool.entity.js';
import { AgentTypeEnum } from '../enums/agent-type.js';
import { ToolType } from './tool-type.js';

@Directive('@key(fields: "name")')
@ObjectType('LocalTool', {
  implements: ToolType,
  description: 'A built-in tool that agents execute themselves. The same for every tenant.',
  simpleResolvers: true,
})
export class LocalToolType
  implements Pick<ToolType, 'id' | 'name' | 'description' | 'inputSchema'>
{
  id!: string;
  name!: string;
  description?: string | null;
  inputSchema!: unknown;

  @Field(() => String, { description: 'A name for people.' })
  displayName!: string;

  @Field(() => String, { description: 'What it is about: `knowledge`, `call_control`, ….' })
  category!: string;

  @Field(() => [AgentTypeEnum], { description: 'The kinds of agents that it suits.' })
  agentTypes!: AgentKind[];
}

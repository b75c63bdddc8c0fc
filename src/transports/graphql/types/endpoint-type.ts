import { Directive, Field, ObjectType } from 'type-graphql';
import { JsonScalar } from '../scalars.js';
import { ToolType } from './tool-type.js';

@Directive('@key(fields: "id")')
@ObjectType('Endpoint', {
  implements: ToolType,
  description:
    'One operation of an API, as a tool. Among the tools of an agent, `name` is the name that is unique there.',
  simpleResolvers: true,
})
export class EndpointType implements Pick<ToolType, 'id' | 'name' | 'description' | 'enabled'> {
  id!: string;
  name!: string;
  description?: string | null;
  enabled!: boolean;

  @Field(() => String, {
    description: 'Upper case; also the methods of OpenAPI 3.2’s additionalOperations.',
  })
  method!: string;

  @Field(() => String, { description: 'Path template as the document writes it: `/pets/{petId}`.' })
  path!: string;

  @Field(() => String, {
    nullable: true,
    description: 'As the document writes it; null where it is missing or used more than once.',
  })
  operationId?: string | null;

  @Field(() => String, { nullable: true, description: 'The short form of the description.' })
  summary?: string | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description:
      'Hints on how to offer the tool: `title`, `readOnlyHint`, `destructiveHint`, `idempotentHint`.',
  })
  exposeAs?: unknown;

  @Field(() => [String], { description: 'Tags of the operation, in the order of the document.' })
  tags!: string[];

  @Field(() => Boolean, { description: 'The document advises against using it.' })
  deprecated!: boolean;
}

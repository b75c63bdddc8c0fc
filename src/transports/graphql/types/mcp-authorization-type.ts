import { Field, ObjectType } from 'type-graphql';
import { DateTimeScalar } from '../scalars.js';

@ObjectType('McpAuthorization', {
  description: 'An authorization of an MCP server that a person has to finish in a browser.',
  simpleResolvers: true,
})
export class McpAuthorizationType {
  @Field(() => String, { description: 'Where to send the person.' })
  url!: string;

  @Field(() => DateTimeScalar, { description: 'Until when it can be finished.' })
  expiresAt!: Date;
}

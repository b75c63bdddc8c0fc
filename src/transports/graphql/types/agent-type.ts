import { Directive, Field, ID, ObjectType } from 'type-graphql';

@Directive('@key(fields: "id")')
@ObjectType('Agent', {
  description:
    'An agent as the catalog knows it. Agents are made elsewhere: every id resolves, with no tools until some are assigned.',
  simpleResolvers: true,
})
export class AgentType {
  @Field(() => ID, { description: 'Given by the service that makes agents.' })
  id!: string;
}

/** What backs an `Agent`: nothing but its id. */
export function toAgent(id: string): AgentType {
  return { id };
}

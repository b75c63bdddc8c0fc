import { Field, ObjectType } from 'type-graphql';

@ObjectType('McpToolProblem', {
  description: 'A tool that a server lists and that could not be taken.',
  simpleResolvers: true,
})
export class McpToolProblemType {
  @Field(() => String, { description: 'What the server calls it.' })
  tool!: string;

  @Field(() => String, { description: 'What is wrong with it, in a sentence.' })
  message!: string;
}

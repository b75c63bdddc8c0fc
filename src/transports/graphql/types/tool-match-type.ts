import { Field, Float, Int, ObjectType } from 'type-graphql';
import { type ToolRow, ToolType } from './tool-type.js';

@ObjectType('ToolMatch', {
  description: 'A tool that answers a question.',
  simpleResolvers: true,
})
export class ToolMatchType {
  @Field(() => ToolType, { description: 'The tool; its schemas are read when they are asked for.' })
  tool!: ToolRow;

  @Field(() => Float, {
    description: 'How well it answers, 0 to 1. It compares the matches of one question.',
  })
  score!: number;

  @Field(() => [String], {
    description: 'What of the question was found, place by place: `name: "refund"`.',
  })
  reasons!: string[];

  @Field(() => Int, {
    description: 'About how many tokens of a model its name, description and input schema take.',
  })
  tokens!: number;
}

import { ArgsType, Field, ID, Int } from 'type-graphql';

@ArgsType()
export class DeadLettersArgs {
  @Field(() => Int, { nullable: true, defaultValue: 50, description: 'How many, 1 to 500.' })
  first?: number | null;

  @Field(() => ID, { nullable: true, description: 'Those older than this one.' })
  after?: string | null;
}

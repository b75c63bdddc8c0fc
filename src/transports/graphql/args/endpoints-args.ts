import { ArgsType, Field, Int } from 'type-graphql';

@ArgsType()
export class EndpointsArgs {
  @Field(() => Int, {
    nullable: true,
    defaultValue: 50,
    description: 'Page size, 1 to 1000.',
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Continue behind this cursor.' })
  after?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Only those with this text in their name, description or path.',
  })
  search?: string | null;

  @Field(() => String, { nullable: true, description: 'Only those with this tag.' })
  tag?: string | null;
}

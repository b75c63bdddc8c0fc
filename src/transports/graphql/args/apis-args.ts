import { ArgsType, Field, Int } from 'type-graphql';

@ArgsType()
export class ApisArgs {
  @Field(() => String, {
    nullable: true,
    description:
      'Only those of this application. Default: the application of the request, or all of the tenant if it names none.',
  })
  appId?: string | null;

  @Field(() => Int, {
    nullable: true,
    defaultValue: 50,
    description: 'Page size, 1 to 1000.',
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Continue behind this cursor.' })
  after?: string | null;
}

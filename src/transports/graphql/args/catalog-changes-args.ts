import { ArgsType, Field, ID, Int } from 'type-graphql';
import { RevisionScalar } from '../scalars.js';

@ArgsType()
export class CatalogChangesArgs {
  @Field(() => RevisionScalar, {
    description: 'The last revision that the caller knows; `"0"` for all.',
  })
  after!: string;

  @Field(() => Int, {
    nullable: true,
    defaultValue: 100,
    description: 'How many at most, 1 to 1000.',
  })
  first?: number | null;

  @Field(() => ID, {
    nullable: true,
    description: 'Only changes that alter the tools of this agent.',
  })
  agentId?: string | null;
}

import { ArgsType, Field, ID } from 'type-graphql';
import { RevisionScalar } from '../scalars.js';

@ArgsType()
export class CatalogChangedArgs {
  @Field(() => RevisionScalar, {
    nullable: true,
    description:
      'The last revision that the caller knows: what followed it comes first. Without it, only what is written from now on.',
  })
  after?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'Only changes that alter the tools of this agent.',
  })
  agentId?: string | null;
}

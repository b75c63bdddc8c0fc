import { Arg, Args, Ctx, ID, Mutation, Query, Resolver, Root, Subscription } from 'type-graphql';
import { findSubmittedCall } from '../../../calls/submitted/find-submitted-call.js';
import { submitCall } from '../../../calls/submitted/submit-call.js';
import type { SubmittedCallRow } from '../../../calls/submitted/submitted-statements.js';
import { watchSubmittedCall } from '../../../calls/submitted/watch-submitted-call.js';
import { SubmitCallArgs } from '../args/submit-call-args.js';
import type { GraphqlContext } from '../graphql-context.js';
import { SubmittedCallType } from '../types/submitted-call-type.js';

@Resolver()
export class SubmittedCallResolver {
  @Query(() => SubmittedCallType, {
    nullable: true,
    description: 'A submitted call; null when there is none with this id, or none any more.',
  })
  call(
    @Arg('id', () => ID, { description: 'Id of a submitted call.' }) id: string,
    @Ctx() ctx: GraphqlContext,
  ): Promise<SubmittedCallType | null> {
    return findSubmittedCall(ctx, { id });
  }

  @Mutation(() => SubmittedCallType, {
    description:
      'Submits a call of an agent’s tool, to be run soon, and does not wait for it: `call` and `callFinished` give the result, even if servers die meanwhile. What is wrong with name or arguments is told at once, as by `callTool`; LIMIT_EXCEEDED when too many calls wait.',
  })
  submitCall(
    @Args(() => SubmitCallArgs) args: SubmitCallArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<SubmittedCallType> {
    return submitCall(ctx, args);
  }

  @Subscription(() => SubmittedCallType, {
    subscribe: ({ args, context }) =>
      watchSubmittedCall(context as GraphqlContext, args as { id: string }),
    description:
      'The submitted call once, when it is DONE, whichever server ran it, and then the end; at once for one that is. NOT_FOUND when there is none with this id.',
  })
  callFinished(
    @Root() call: SubmittedCallRow,
    @Arg('id', () => ID, { description: 'Id of a submitted call.' }) _id: string,
  ): SubmittedCallType {
    return call;
  }
}

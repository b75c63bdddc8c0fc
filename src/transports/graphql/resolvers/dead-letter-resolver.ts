import { Arg, Args, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import { type DeadLetterRow, listDeadLetters } from '../../../calls/submitted/list-dead-letters.js';
import { replayDeadLetter } from '../../../calls/submitted/replay-dead-letter.js';
import { DeadLettersArgs } from '../args/dead-letters-args.js';
import { toEnumName } from '../enums/dead-letter-reason.js';
import type { GraphqlContext } from '../graphql-context.js';
import { DeadLetterType } from '../types/dead-letter-type.js';

@Resolver()
export class DeadLetterResolver {
  @Query(() => [DeadLetterType], {
    description:
      'Requests of the tenant that no worker tries any more, the newest first. Those of which nobody can tell whose they are, are not in it.',
  })
  async deadLetters(
    @Args(() => DeadLettersArgs) args: DeadLettersArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<DeadLetterType[]> {
    return (await listDeadLetters(ctx, args)).map(toType);
  }

  @Mutation(() => DeadLetterType, {
    description:
      'Gives the request to the workers again and removes the dead letter; a submitted call is QUEUED again. NOT_FOUND when there is none with this id, CONFLICT for a submitted call that cannot run again.',
  })
  async replayDeadLetter(
    @Arg('id', () => ID, { description: 'Id of a dead letter.' }) id: string,
    @Ctx() ctx: GraphqlContext,
  ): Promise<DeadLetterType> {
    return toType(await replayDeadLetter(ctx, { id }));
  }
}

function toType({ reason, ...letter }: DeadLetterRow): DeadLetterType {
  return { ...letter, reason: toEnumName(reason) };
}

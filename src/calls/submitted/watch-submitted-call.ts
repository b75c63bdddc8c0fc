import { requireScope } from '../../access/require-scope.js';
import { type Context, scopes } from '../../context.js';
import { parseInput } from '../../lib/parse-input.js';
import { isUuid } from '../../lib/uuid.js';
import {
  FindSubmittedCallInput,
  getSubmittedCall,
  refuseUnknownCall,
} from './find-submitted-call.js';
import type { SubmittedCallRow } from './submitted-statements.js';

/**
 * Tells the call once, when it is finished (at once, if it is already), and ends. One `next()` at a time; `return()` ends
 * a pending one. `next()` throws NOT_FOUND when the tenant has no call with this id.
 */
export function watchSubmittedCall(
  ctx: Pick<Context, 'actor' | 'submitted'>,
  raw: FindSubmittedCallInput,
): AsyncIterableIterator<SubmittedCallRow> {
  requireScope(ctx.actor, scopes.call);
  const { id } = parseInput(FindSubmittedCallInput, raw);
  const ending = Promise.withResolvers<void>();
  let isEnded = false;

  async function* tellOnce(): AsyncGenerator<SubmittedCallRow, undefined> {
    if (!isUuid(id)) return refuseUnknownCall(id);
    using watching = ctx.submitted.finished.watch(id.toLowerCase());
    while (!isEnded) {
      const call = await getSubmittedCall(ctx, { id });
      if (call.state === 'DONE') {
        yield call;
        return undefined;
      }
      await Promise.race([watching.next(), ending.promise]);
    }
    return undefined;
  }

  const calls = tellOnce();
  const iterator: AsyncIterableIterator<SubmittedCallRow> = {
    next: () => calls.next(),
    return: () => {
      // A generator that waits would only end with the call.
      isEnded = true;
      ending.resolve();
      return calls.return(undefined);
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}

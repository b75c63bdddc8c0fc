import type { CallResult } from '../call-types.js';
import type { SubmittedParts } from './submitted-parts.js';
import { type CallName, finishRow } from './submitted-statements.js';

export type FinishOptions = {
  /** Keep the arguments: its dead letter may be replayed. */
  isReplayable?: boolean;
  /** Only while nobody has begun to run it. */
  ifQueued?: boolean;
};

/**
 * Writes the result of a submitted call and tells everybody who waits for it, in every process. The first result stands:
 * false for a later one, and for a call that is gone.
 */
export async function finishSubmittedCall(
  { run, finished }: Pick<SubmittedParts, 'run' | 'finished'>,
  { tenant, id }: CallName,
  result: CallResult,
  { isReplayable = false, ifQueued = false }: FinishOptions = {},
): Promise<boolean> {
  const isFirst = await finishRow(run, {
    ...{ tenant, id, result, ifQueued },
    keepsArguments: isReplayable,
  });
  if (isFirst) finished.tell(id);
  return isFirst;
}

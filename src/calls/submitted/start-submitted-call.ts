import type { SubmittedParts } from './submitted-parts.js';
import { type CallName, markStarted } from './submitted-statements.js';

/** Shows that a worker runs the call; false: it is finished, or gone, and is not to be run. */
export function startSubmittedCall(
  { run, settings }: Pick<SubmittedParts, 'run' | 'settings'>,
  name: CallName,
): Promise<boolean> {
  return markStarted(run, name, settings.requeueMs);
}

import type { Listen } from '../../storage/listen.js';
import { createFinishedCalls } from './finished-calls.js';
import type { SubmittedParts } from './submitted-parts.js';

type SubmittedDeps = Omit<SubmittedParts, 'finished'> & {
  /** How other processes are heard; null: there are no others. */
  listen: Listen | null;
  /** Between two looks for calls whose end was not heard. */
  checkMs: number;
};

/** What submitted calls are kept with. */
export function createSubmittedCalls({
  listen,
  checkMs,
  ...deps
}: SubmittedDeps): SubmittedParts & AsyncDisposable {
  const { fork, logger } = deps;
  const finished = createFinishedCalls({ fork, listen, logger, checkMs });
  return { ...deps, finished, [Symbol.asyncDispose]: () => finished[Symbol.asyncDispose]() };
}

import type { CallDraft } from './call-draft.js';
import type { CallError, CallOutcome } from './call-types.js';

/** A call that is about to run, or runs. */
export type Claim = {
  /** The id of the call. */
  id: string;
  draft: CallDraft;
  argumentsDigest: string;
  isSafe: boolean;
};

/** What a call came to. */
export type Ending = {
  outcome: CallOutcome;
  status: number | null;
  error: CallError | null;
  durationMs: number;
  attempts: number;
  finishedAt: Date;
};

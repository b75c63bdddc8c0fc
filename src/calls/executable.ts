import type { RequestPreview } from './call-types.js';
import type { Classified } from './classify-outcome.js';

/** What became of a call: told without secrets. */
export type Executed = Classified & {
  durationMs: number;
  attempts: number;
  /** What was sent in the end. */
  preview: RequestPreview;
};

/**
 * One call that is ready to run. What stands behind a tool decides how it is made; claims, records and idempotency are
 * the same for all (`executeCall`).
 */
export type Executable = {
  /** A call without an answer leaves nothing behind. */
  isSafe: boolean;
  preview: RequestPreview;
  /** Redacted, and shortened to what the history keeps. */
  recordedArguments: unknown;
  /**
   * Makes the call; whatever the upstream does is an answer. `traceHeaders` (W3C Trace Context) go along where the
   * upstream speaks HTTP. Throws AppError only where nothing ran.
   */
  run(traceHeaders: Record<string, string>): Promise<Executed>;
};

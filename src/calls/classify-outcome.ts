import { STATUS_CODES } from 'node:http';
import type { CallError, CallOutcome, CallResult, RunResult } from './call-types.js';
import { parseAnswer } from './parse-answer.js';

export type ClassifyInput = {
  /** The method has no effect, so that nothing is left behind by a call without an answer. */
  isSafe: boolean;
  /** Media types that the operation promises, for an answer that does not say what it is. */
  accept: string[];
};

export type Classified = Pick<CallResult, 'outcome' | 'result' | 'error' | 'status'>;

export type Failure = Extract<RunResult, { kind: 'failure' }>;

/**
 * What a call came to, told by type and status alone:
 * - an answer below 400 is OK, from 400 on FAILED with its status and body;
 * - a request that the egress guard refused, at once or in a redirect, is DENIED;
 * - without an answer, one that may have had its effect (an unsafe method of which bytes were sent) is INDETERMINATE;
 * - else TIMEOUT where time ran out, and FAILED.
 *
 * `result` is what `parseAnswer` makes of the body.
 */
export function classifyOutcome(run: RunResult, { isSafe, accept }: ClassifyInput): Classified {
  if (run.kind === 'failure') return classifyFailure(run, isSafe);
  const { status, headers, body, isTruncated } = run;
  const answer = { contentType: headers['content-type'] ?? '', body, isTruncated };
  const result = parseAnswer(answer, accept);
  if (status < 400) return { outcome: 'OK', result, error: null, status };
  return { outcome: 'FAILED', result, error: statusError(status, headers), status };
}

/** See `classifyOutcome`. */
export function classifyFailure(failure: Failure, isSafe: boolean): Classified {
  const outcome = outcomeOf(failure, isSafe);
  const isLoose = !isSafe && failure.mayHaveRun;
  return { outcome, result: null, error: toError(failure, isLoose), status: null };
}

function outcomeOf({ code, mayHaveRun }: Failure, isSafe: boolean): CallOutcome {
  if (code === 'FORBIDDEN') return 'DENIED';
  if (!isSafe && mayHaveRun) return 'INDETERMINATE';
  return code === 'UPSTREAM_TIMEOUT' ? 'TIMEOUT' : 'FAILED';
}

/** `isLoose`: an unsafe request went out before it failed, if only because a redirect of it is refused. */
function toError({ code, message }: Failure, isLoose: boolean): CallError {
  if (!isLoose) return { code, message };
  const warning = 'The request may have had its effect: look before sending it again.';
  return { code, message: `${message} ${warning}` };
}

function statusError(status: number, headers: Record<string, string>): CallError {
  const phrase = STATUS_CODES[status];
  const name = phrase === undefined ? String(status) : `${status} ${phrase}`;
  const retryAfter = headers['retry-after'];
  return {
    code: 'UPSTREAM_FAILED',
    message: `The upstream answered with ${name}${hintOf(status)}.`,
    details: { status, ...(retryAfter !== undefined && { retryAfter }) },
  };
}

function hintOf(status: number): string {
  if (status === 401) return ': it does not accept the credentials, or asks for some';
  if (status === 403) return ': the credentials do not allow this';
  return status === 429 ? ': too many requests' : '';
}

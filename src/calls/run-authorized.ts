import { AppError } from '../errors.js';
import type { AuthorizedRequest } from './authorize-request.js';
import type { RunResult } from './call-types.js';
import { type RunDeps, type RunPolicy, runRequest } from './run-request.js';

/** `secrets` are those of all that was sent: nobody may read them in the answer either. */
export type AuthorizedRun = { run: RunResult; secrets: string[] };

/**
 * Runs a request, and once more with a fresh token where a safe one that carried a token of ours was answered with
 * 401: the token may have been revoked before its time. Both count as attempts, and share the time.
 */
export async function runAuthorized(
  deps: RunDeps,
  authorized: AuthorizedRequest,
  policy: RunPolicy,
  signal?: AbortSignal,
): Promise<AuthorizedRun> {
  const begin = performance.now();
  const run = await runRequest(deps, authorized.request, policy, signal);
  const isRefused = run.kind === 'answer' && run.status === 401;
  const first = { run, secrets: authorized.secrets };
  if (!isRefused || !policy.isSafe || !authorized.renew) return first;
  const leftMs = () => policy.timeoutMs - (performance.now() - begin);
  const renewed = await renew(authorized.renew, leftMs(), signal);
  if (!renewed || leftMs() < 1) return first;
  const rest = { ...policy, timeoutMs: Math.floor(leftMs()) };
  const again = await runRequest(deps, renewed.request, rest, signal);
  const attempts = run.attempts + again.attempts;
  const durationMs = Math.round(performance.now() - begin);
  const secrets = [...new Set([...authorized.secrets, ...renewed.secrets])];
  return { run: { ...again, attempts, durationMs }, secrets };
}

/** Null without a fresh token in time: the 401 stands. */
async function renew(
  ask: (signal: AbortSignal) => Promise<AuthorizedRequest>,
  leftMs: number,
  signal: AbortSignal | undefined,
): Promise<AuthorizedRequest | null> {
  const deadline = AbortSignal.timeout(Math.max(1, Math.floor(leftMs)));
  const either = signal ? AbortSignal.any([signal, deadline]) : deadline;
  try {
    return await ask(either);
  } catch (error) {
    if (either.aborted || error instanceof AppError) return null;
    throw error;
  }
}

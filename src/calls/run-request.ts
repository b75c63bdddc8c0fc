import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../context.js';
import { AppError, type ErrorCode } from '../errors.js';
import { createDeadline } from '../lib/deadline.js';
import type { HostLimits } from '../upstream/host-limits.js';
import type { HttpClient, IncomingResponse } from '../upstream/http-client.js';
import type { PlannedRequest, RunResult } from './call-types.js';
import { isRetryableStatus, parseRetryAfter, retryDelayMs } from './retry-delay.js';

export type RunDeps = {
  http: Pick<HttpClient, 'send'>;
  hosts: HostLimits;
  clock: Clock;
  /** In [0, 1), for the jitter of retries. */
  random?: () => number;
};

export type RunPolicy = {
  /** The method has no effect: see `isSafeMethod`. */
  isSafe: boolean;
  /** The request carries an idempotency key that the upstream takes, so sending it again is no second effect. */
  hasUpstreamIdempotency: boolean;
  /** Bound on everything: waiting for the host, all attempts and the pauses between them. */
  timeoutMs: number;
  maxBytes: number;
  /** How long an answer that streams is read. */
  maxStreamMs: number;
  /** At least 1. */
  maxAttempts: number;
};

type Failure = Extract<RunResult, { kind: 'failure' }>;

type Attempt =
  | { kind: 'answer'; answer: IncomingResponse }
  | {
      kind: 'failure';
      code: Failure['code'];
      message: string;
      /** No connection, or one that broke: another may hold. */
      isLost: boolean;
    };

/** `signal` aborts with the caller or when the time is up, `caller` with the caller alone. */
type Run = {
  policy: RunPolicy;
  caller: AbortSignal | undefined;
  signal: AbortSignal;
  leftMs: () => number;
  mayHaveRun: boolean;
};

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY']);

/** RFC 9110, section 9.2.1, and QUERY. */
export function isSafeMethod(method: string): boolean {
  return safeMethods.has(method.toUpperCase());
}

/**
 * Sends a request and answers with what came of it, whatever that is: an upstream's status of any kind, or why there is none. A
 * larger answer than `maxBytes` is cut, one that streams is read for `maxStreamMs`. Where sending again is no second
 * effect, attempts that could not connect, lost their connection, or got 429, 502, 503 or 504 are repeated within the
 * time, after `Retry-After` or an exponential pause. A caller who goes away ends it with UPSTREAM_FAILED.
 * Throws INVALID_INPUT, before anything is sent, for a request that HTTP cannot carry.
 */
export async function runRequest(
  deps: RunDeps,
  request: PlannedRequest,
  policy: RunPolicy,
  signal?: AbortSignal,
): Promise<RunResult> {
  const begin = performance.now();
  using deadline = createDeadline(policy.timeoutMs, signal);
  const run: Run = {
    policy,
    caller: signal,
    signal: deadline.signal,
    leftMs: () => Math.max(1, Math.ceil(policy.timeoutMs - (performance.now() - begin))),
    mayHaveRun: false,
  };
  const maxAttempts = policy.isSafe || policy.hasUpstreamIdempotency ? policy.maxAttempts : 1;
  for (let attempts = 1; ; attempts += 1) {
    const attempt = await sendOnce(deps, request, run);
    const isLast = attempts >= maxAttempts || !isWorthAnother(attempt);
    if (isLast || !(await pauseAfter(deps, attempt, attempts, run))) {
      return toResult(attempt, run, {
        attempts,
        durationMs: Math.round(performance.now() - begin),
      });
    }
  }
}

async function sendOnce(
  { http, hosts }: RunDeps,
  { method, url, headers, body }: PlannedRequest,
  run: Run,
): Promise<Attempt> {
  try {
    const answer = await http.send({
      url,
      method,
      headers,
      ...(body && { body }),
      maxBytes: run.policy.maxBytes,
      onLimit: 'truncate',
      maxStreamMs: run.policy.maxStreamMs,
      timeoutMs: run.leftMs(),
      ...(run.caller && { signal: run.caller }),
      onSent: () => {
        run.mayHaveRun = true;
      },
      admit: (host) => hosts.enter(host, run.signal),
    });
    return { kind: 'answer', answer };
  } catch (error) {
    return toFailedAttempt(error, run);
  }
}

function toFailedAttempt(error: unknown, { caller, signal, policy }: Run): Attempt {
  if (caller?.aborted) {
    const message = 'The caller went away before the answer was complete.';
    return { kind: 'failure', code: 'UPSTREAM_FAILED', message, isLost: false };
  }
  if (error === signal.reason) {
    const message = `The call's time of ${policy.timeoutMs} ms ended while it waited for its turn.`;
    return { kind: 'failure', code: 'UPSTREAM_TIMEOUT', message, isLost: false };
  }
  if (!(error instanceof AppError)) throw error;
  const { code, message, details } = error;
  if (!isFailureCode(code)) throw error;
  return { kind: 'failure', code, message, isLost: details.isConnectionLost === true };
}

export function isFailureCode(code: ErrorCode): code is Failure['code'] {
  return (
    code === 'FORBIDDEN' ||
    code === 'UPSTREAM_FAILED' ||
    code === 'UPSTREAM_TIMEOUT' ||
    code === 'LIMIT_EXCEEDED'
  );
}

function isWorthAnother(attempt: Attempt): boolean {
  return attempt.kind === 'answer' ? isRetryableStatus(attempt.answer.status) : attempt.isLost;
}

/** False, at once, where the pause would not leave time for another attempt; false also when the caller goes away. */
async function pauseAfter(
  { clock, random = Math.random }: RunDeps,
  attempt: Attempt,
  attempts: number,
  { leftMs, signal }: Run,
): Promise<boolean> {
  const header = attempt.kind === 'answer' ? attempt.answer.headers['retry-after'] : undefined;
  const delayMs = retryDelayMs(attempts, parseRetryAfter(header, clock.now()), random);
  if (delayMs >= leftMs()) return false;
  return sleep(delayMs, true, { signal }).catch(() => false);
}

function toResult(
  attempt: Attempt,
  { mayHaveRun }: Run,
  counts: { attempts: number; durationMs: number },
): RunResult {
  if (attempt.kind === 'answer') return { ...counts, kind: 'answer', ...attempt.answer };
  const { code, message } = attempt;
  return { ...counts, kind: 'failure', code, message, mayHaveRun };
}

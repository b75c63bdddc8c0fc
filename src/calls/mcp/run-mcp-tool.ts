import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../context.js';
import { AppError } from '../../errors.js';
import { createDeadline } from '../../lib/deadline.js';
import type { HostLimits } from '../../upstream/host-limits.js';
import type { McpCallResult, McpSessions, McpTarget } from '../../upstream/mcp/mcp-sessions.js';
import type { CallListeners } from '../call-order.js';
import type { Failure } from '../classify-outcome.js';
import { isRetryableStatus, retryDelayMs } from '../retry-delay.js';
import { isFailureCode } from '../run-request.js';

export type McpRunDeps = {
  sessions: Pick<McpSessions, 'callTool'>;
  hosts: HostLimits;
  clock: Clock;
};

export type McpRunPolicy = {
  /** Bound on everything: waiting for the host, connecting, all attempts and the pauses between them. */
  timeoutMs: number;
  maxBytes: number;
  /** More than 1 where sending again is no second effect. */
  maxAttempts: number;
};

/** What came back, or why nothing did. `status`: of an HTTP answer that was no result. */
export type McpRun =
  | { kind: 'answer'; answer: McpCallResult; attempts: number; durationMs: number }
  | (Failure & { status: number | null });

type Caller = CallListeners & { signal: AbortSignal | null };
type Message = { target: McpTarget; name: string; args: Record<string, unknown> };

type Attempt =
  | { kind: 'answer'; answer: McpCallResult }
  | (Pick<Failure, 'kind' | 'code' | 'message' | 'mayHaveRun'> & {
      status: number | null;
      isWorthAnother: boolean;
    });

type Run = { policy: McpRunPolicy; caller: Caller; signal: AbortSignal; leftMs: () => number };

/**
 * Calls a tool at its server and answers with what came of it, whatever that is. Attempts that could not connect, lost
 * their connection or got 429, 502, 503 or 504 are repeated within the time where the policy has more than one. A caller
 * who goes away ends it with UPSTREAM_FAILED.
 * Throws what `authorize` throws, where that is no failure of an upstream: nothing ran then.
 */
export async function runMcpTool(
  deps: McpRunDeps,
  message: Message,
  policy: McpRunPolicy,
  caller: Caller,
): Promise<McpRun> {
  const begin = performance.now();
  using deadline = createDeadline(policy.timeoutMs, caller.signal ?? undefined);
  const leftMs = () => Math.max(1, Math.ceil(policy.timeoutMs - (performance.now() - begin)));
  const run: Run = { policy, caller, signal: deadline.signal, leftMs };
  for (let attempts = 1; ; attempts += 1) {
    const attempt = await callOnce(deps, message, run);
    const isLast =
      attempt.kind === 'answer' || attempts >= policy.maxAttempts || !attempt.isWorthAnother;
    if (isLast || !(await pause(attempts, run))) {
      return { ...attempt, attempts, durationMs: Math.round(performance.now() - begin) };
    }
  }
}

async function callOnce(
  { sessions, hosts }: McpRunDeps,
  { target, name, args }: Message,
  { policy, caller, signal, leftMs }: Run,
): Promise<Attempt> {
  let isSent = false;
  const { onProgress, onLog } = caller;
  let leave: (() => void) | null = null;
  try {
    leave = await hosts.enter(hostOf(target.url), signal);
    const answer = await sessions.callTool(target, {
      ...{ name, arguments: args, maxBytes: policy.maxBytes, timeoutMs: leftMs() },
      ...(caller.signal && { signal: caller.signal }),
      ...(onProgress && { onProgress: quietly(onProgress) }),
      ...(onLog && { onLog: quietly(onLog) }),
      onSent: () => {
        isSent = true;
      },
    });
    return { kind: 'answer', answer };
  } catch (error) {
    return toFailedAttempt(error, isSent, { policy, caller, signal, leftMs });
  } finally {
    leave?.();
  }
}

function toFailedAttempt(
  error: unknown,
  isSent: boolean,
  { caller, signal, policy }: Run,
): Attempt {
  const failed = { kind: 'failure' as const, status: null, isWorthAnother: false };
  if (caller.signal?.aborted) {
    const message = 'The caller went away before the answer was complete.';
    return { ...failed, code: 'UPSTREAM_FAILED', message, mayHaveRun: isSent };
  }
  if (error === signal.reason) {
    const message = `The call's time of ${policy.timeoutMs} ms ended while it waited for its turn.`;
    return { ...failed, code: 'UPSTREAM_TIMEOUT', message, mayHaveRun: isSent };
  }
  if (!(error instanceof AppError)) throw error;
  const { code, message, details } = error;
  if (!isFailureCode(code)) throw error;
  const status = typeof details.status === 'number' ? details.status : null;
  const isAnswered = status !== null || details.rpcCode !== undefined;
  const mayHaveRun = typeof details.mayHaveRun === 'boolean' ? details.mayHaveRun : isSent;
  return {
    ...failed,
    ...{ code, message, status },
    // As with HTTP, an error that the server answers with is its answer.
    mayHaveRun: mayHaveRun && !isAnswered,
    isWorthAnother:
      details.isConnectionLost === true || (status !== null && isRetryableStatus(status)),
  };
}

/** False, at once, where the pause would not leave time for another attempt; false also when the caller goes away. */
async function pause(attempts: number, { leftMs, signal }: Run): Promise<boolean> {
  const delayMs = retryDelayMs(attempts, null, Math.random);
  if (delayMs >= leftMs()) return false;
  return sleep(delayMs, true, { signal }).catch(() => false);
}

/** A listener that throws is its own trouble. */
function quietly<Told>(listener: (told: Told) => void): (told: Told) => void {
  return (told) => {
    try {
      listener(told);
    } catch {
      // The call goes on.
    }
  };
}

/** As the limits name hosts: `name:port`. */
function hostOf(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;
}

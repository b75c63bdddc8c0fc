import { AppError } from '../errors.js';
import { settledBefore } from './settled-before.js';

export type HostLimitOptions = {
  /** Requests to one host at a time. */
  maxConcurrent: number;
  /** Requests that may wait for one host. */
  maxQueued: number;
  /** How long one may wait. */
  maxWaitMs: number;
};

/** Bounds how many requests one host gets at a time; the others wait in the order in which they came. */
export interface HostLimits {
  /**
   * A place with the host (`name:port`), once it has room; whoever has it calls the answer, once, to leave.
   * Throws LIMIT_EXCEEDED with `details.retryAfterSeconds` when too many wait already or the wait grows too long, or
   * the reason of `signal`; there is no place to leave then.
   */
  enter(host: string, signal?: AbortSignal): Promise<() => void>;
}

type Line = { running: number; waiting: Set<() => void> };

export function createHostLimits({
  maxConcurrent,
  maxQueued,
  maxWaitMs,
}: HostLimitOptions): HostLimits {
  const lines = new Map<string, Line>();

  function leave(host: string, line: Line): void {
    const [next] = line.waiting;
    if (next) {
      // The place passes on at once, so that nobody who comes later can take it.
      line.waiting.delete(next);
      next();
      return;
    }
    line.running -= 1;
    if (line.running === 0) lines.delete(host);
  }

  async function wait(host: string, line: Line, signal: AbortSignal | undefined): Promise<void> {
    if (line.waiting.size >= maxQueued) throw tooBusy(host, `${maxQueued} requests wait for it`);
    const { promise: turn, resolve } = Promise.withResolvers<void>();
    line.waiting.add(resolve);
    const limit = AbortSignal.timeout(maxWaitMs);
    try {
      await settledBefore(signal ? AbortSignal.any([signal, limit]) : limit, turn);
    } catch (error) {
      if (!line.waiting.delete(resolve)) leave(host, line);
      if (signal?.aborted) throw error;
      throw tooBusy(host, `a request waited ${maxWaitMs} ms for it`);
    }
  }

  return {
    enter: async (host, signal) => {
      signal?.throwIfAborted();
      const line = lines.get(host) ?? { running: 0, waiting: new Set() };
      lines.set(host, line);
      if (line.running < maxConcurrent) line.running += 1;
      else await wait(host, line, signal);
      return () => leave(host, line);
    },
  };
}

function tooBusy(host: string, reason: string): AppError {
  return new AppError('LIMIT_EXCEEDED', `"${host}" is busy with other requests: ${reason}.`, {
    host,
    retryAfterSeconds: 1,
  });
}

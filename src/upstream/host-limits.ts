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
   * Runs `work` when the host (`name:port`) has room. Throws LIMIT_EXCEEDED with `details.retryAfterSeconds` when too
   * many wait already or the wait grows too long, or the reason of `signal`; `work` was not started then.
   */
  run<T>(host: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
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

  async function enter(host: string, line: Line, signal: AbortSignal | undefined): Promise<void> {
    if (line.running < maxConcurrent) {
      line.running += 1;
      return;
    }
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
    run: async (host, work, signal) => {
      signal?.throwIfAborted();
      const line = lines.get(host) ?? { running: 0, waiting: new Set() };
      lines.set(host, line);
      await enter(host, line, signal);
      try {
        return await work();
      } finally {
        leave(host, line);
      }
    },
  };
}

function tooBusy(host: string, reason: string): AppError {
  return new AppError('LIMIT_EXCEEDED', `"${host}" is busy with other requests: ${reason}.`, {
    host,
    retryAfterSeconds: 1,
  });
}

import type { ReplicaSignals } from './replica-signals.js';
import type { RequestId } from './rpc-message.js';

export interface RunningCalls {
  /** Notes a call until it is disposed; the controller is aborted when its caller gives it up. */
  add(sessionId: string, requestId: RequestId, controller: AbortController): Disposable;
  /** Aborts the call on whichever replica it runs; one that is over or never was is left alone. */
  cancel(sessionId: string, requestId: RequestId): Promise<void>;
}

/** The reason of a call that was given up by `notifications/cancelled`. */
export class CancelledByCaller extends Error {
  override readonly name = 'CancelledByCaller';
}

/** Calls of sessions that run in this process. A request without a session ends with its connection. */
export function createRunningCalls(signals: ReplicaSignals): RunningCalls {
  const calls = new Map<string, AbortController>();
  signals.on(({ cancelled }) => {
    if (cancelled !== undefined) calls.get(cancelled)?.abort(new CancelledByCaller());
  });
  return {
    add: (sessionId, requestId, controller) => {
      const key = callKey(sessionId, requestId);
      calls.set(key, controller);
      return {
        [Symbol.dispose]: () => {
          if (calls.get(key) === controller) calls.delete(key);
        },
      };
    },
    cancel: (sessionId, requestId) => signals.send({ cancelled: callKey(sessionId, requestId) }),
  };
}

function callKey(sessionId: string, requestId: RequestId): string {
  return `${sessionId} ${JSON.stringify(requestId)}`;
}

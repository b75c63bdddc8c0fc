/**
 * A signal that aborts with `caller`, or with a TimeoutError when the time is up. Dispose it when the work is done: what
 * `AbortSignal.any` and `AbortSignal.timeout` keep for such a signal costs more than a small request.
 */
export function createDeadline(
  timeoutMs: number,
  caller: AbortSignal | undefined,
): Disposable & { signal: AbortSignal } {
  const controller = new AbortController();
  const follow = () => controller.abort(caller?.reason);
  const timer = setTimeout(() => {
    controller.abort(new DOMException('The time for it is up.', 'TimeoutError'));
  }, timeoutMs).unref();
  if (caller?.aborted) follow();
  else caller?.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      caller?.removeEventListener('abort', follow);
    },
  };
}

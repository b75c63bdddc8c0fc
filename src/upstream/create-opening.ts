/** What ends an open answer: its caller, the clock as long as it runs, or `end`. */
export type Opening = { signal: AbortSignal; stopClock(): void; end(): void };

/** The clock runs for `timeoutMs`, or not at all with 0. */
export function createOpening(caller: AbortSignal | undefined, timeoutMs: number): Opening {
  const controller = new AbortController();
  const follow = () => controller.abort(caller?.reason);
  const tooLate = () =>
    controller.abort(new DOMException('The time for it is up.', 'TimeoutError'));
  const timer = timeoutMs > 0 ? setTimeout(tooLate, timeoutMs).unref() : undefined;
  caller?.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    stopClock: () => clearTimeout(timer),
    end: () => {
      clearTimeout(timer);
      caller?.removeEventListener('abort', follow);
    },
  };
}

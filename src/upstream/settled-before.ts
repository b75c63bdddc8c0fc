/**
 * Stops waiting once the signal aborts, with its reason: a resolver cannot be interrupted, and undici looks at the
 * signal of a request only when its connection stands.
 */
export async function settledBefore<T>(signal: AbortSignal, result: Promise<T>): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([aborted, result]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

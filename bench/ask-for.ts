type Ask = () => Promise<void>;

/** Asks again and again, `concurrency` at once, for so long; how often it was answered. */
export async function askForMs(ask: Ask, durationMs: number, concurrency: number): Promise<number> {
  const until = performance.now() + durationMs;
  let answered = 0;
  const askOn = async () => {
    while (performance.now() < until) {
      await ask();
      answered += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, askOn));
  return answered;
}

/** Answers per second over such a time, until all of them are settled. */
export async function rateOf(
  ask: Ask,
  {
    durationMs,
    concurrency,
    settle,
  }: { durationMs: number; concurrency: number; settle?: () => Promise<unknown> },
): Promise<number> {
  const started = performance.now();
  const answered = await askForMs(ask, durationMs, concurrency);
  await settle?.();
  return answered / ((performance.now() - started) / 1e3);
}

/** Milliseconds until the answer. */
export async function timed(ask: Ask): Promise<number> {
  const started = performance.now();
  await ask();
  return performance.now() - started;
}

import type { Context } from '../../context.js';

const longestTimerMs = 2 ** 31 - 1;

/** Calls back when the caller's token ends, unless `signal` aborts before; never for callers without one. */
export function endAtExpiry(
  { actor: { expiresAt }, clock }: Pick<Context, 'actor' | 'clock'>,
  signal: AbortSignal,
  end: () => void,
): void {
  if (expiresAt === null) return;
  let timer: NodeJS.Timeout;
  const wait = () => {
    const leftMs = expiresAt.getTime() - clock.now().getTime();
    if (leftMs <= 0) return end();
    timer = setTimeout(wait, Math.min(leftMs, longestTimerMs)).unref();
  };
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  wait();
}

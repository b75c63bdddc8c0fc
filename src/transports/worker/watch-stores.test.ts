import { describe, expect, it } from 'vitest';
import { watchStores } from './watch-stores.js';

function aScene() {
  const lines: string[] = [];
  const logger = {
    info: (_: object, line: string) => lines.push(line),
    warn: (_: object, line: string) => lines.push(line),
  } as never;
  const state = { isAway: false, asked: 0 };
  const ask = async () => {
    state.asked += 1;
    if (state.isAway) throw new Error('away');
  };
  const watch = watchStores({ stores: [{ name: 'Redis', ask }], logger, firstPauseMs: 1 });
  return { watch, state, lines, signal: new AbortController().signal };
}

describe('the watch over the stores', () => {
  it('asks only where somebody suspects them, and once for all who do', async () => {
    const { watch, state, signal, lines } = aScene();
    expect(state.asked).toBe(0);
    const since = performance.now();
    expect(await Promise.all([1, 2, 3].map(() => watch.untilUp(since, signal)))).toEqual([
      ...[false, false, false],
    ]);
    expect(state.asked).toBe(1);
    expect(lines).toEqual([]);
  });

  it('tells what is away until it is back, and both in one line each', async () => {
    const { watch, state, signal, lines } = aScene();
    state.isAway = true;
    const since = performance.now();
    const back = watch.untilUp(since, signal);
    await expect.poll(() => state.asked).toBeGreaterThan(3);
    expect(watch.problem()).toBe('Requests cannot be read: Redis does not answer.');
    state.isAway = false;
    expect(await back).toBe(true);
    expect(watch.problem()).toBeNull();
    expect(lines).toEqual([
      'requests are not read: a store is away',
      'all stores answer again: requests are read',
    ]);
    // What failed meanwhile, and is told only now, is its doing too; what failed later is not.
    expect(await watch.untilUp(since, signal)).toBe(true);
    expect(await watch.untilUp(performance.now(), signal)).toBe(false);
  });

  it('lets those go who cannot wait any longer', async () => {
    const { watch, state } = aScene();
    state.isAway = true;
    const leaving = new AbortController();
    const waiting = watch.untilUp(performance.now(), leaving.signal);
    await expect.poll(() => watch.problem()).not.toBeNull();
    leaving.abort();
    expect(await waiting).toBe(true);
    watch[Symbol.dispose]();
  });
});

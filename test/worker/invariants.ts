import { expect, vi } from 'vitest';
import { depthOf, findDoubled, findEndless, findUnanswered } from './accounts.js';
import type { Scene } from './scene.js';

/** What holds after every fault, whatever it was. Waits until all is done, for a while. */
export async function expectAccounted({
  caller,
  oracle,
}: Pick<Scene, 'caller' | 'oracle'>): Promise<void> {
  await vi.waitFor(
    async () => {
      const found = { ...(await depthOf(caller)), unanswered: await findUnanswered(caller) };
      expect(found).toEqual({ pending: 0, lag: 0, unanswered: [] });
    },
    { timeout: 20_000, interval: 50 },
  );
  expect(findDoubled(oracle)).toEqual([]);
  expect(await findEndless(caller)).toEqual([]);
}

import { setTimeout } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { childArgument } from './run-child.js';

export type StallTarget = { urls: string[]; headers: Record<string, string>; everyMs: number };

/** Milliseconds that each answer took, by URL; and requests that were not answered with 200. */
export type Latencies = { byUrl: number[][]; failures: number };
export type ClientQuestion = 'take' | 'end';

type Phase = Latencies & { pending: number };

/**
 * Asks URLs at a fixed pace, without waiting for earlier answers, so that a stall does not hide itself. `take` ends a
 * phase: it is answered with its latencies once every request that was made in it has come back.
 */
async function main(): Promise<void> {
  const { urls, headers, everyMs } = childArgument<StallTarget>();
  // One URL's waiting answers must not take connections away from another.
  const agents = urls.map(() => new Agent({ connections: 1_000 }));
  const open = (): Phase => ({ byUrl: urls.map(() => []), failures: 0, pending: 0 });
  let phase = open();
  let isEnding = false;
  process.on('message', async (question: ClientQuestion) => {
    if (question === 'end') {
      isEnding = true;
      return;
    }
    const taken = phase;
    phase = open();
    while (taken.pending > 0) await setTimeout(5);
    const { byUrl, failures } = taken;
    process.send?.({ byUrl, failures } satisfies Latencies);
  });
  const ask = async (url: string, at: number, current: Phase) => {
    const started = performance.now();
    current.pending += 1;
    try {
      const { statusCode, body } = await request(url, { dispatcher: agents[at], headers });
      await body.dump();
      if (statusCode === 200) current.byUrl[at]?.push(performance.now() - started);
      else current.failures += 1;
    } catch {
      current.failures += 1;
    } finally {
      current.pending -= 1;
    }
  };
  while (!isEnding) {
    urls.forEach((url, at) => {
      void ask(url, at, phase);
    });
    await setTimeout(everyMs);
  }
  await Promise.all(agents.map((agent) => agent.close()));
  process.exit(0);
}

await main();

import { readFileSync } from 'node:fs';
import { type ContenderName, type Input, loadContender } from './contenders.js';
import { answer, childArgument } from './run-child.js';

export type ParseTask = { mode: 'rounds' | 'cold'; contender: ContenderName; path: string };

export type ColdRun = { ms: number; peakBytes: number };
/** Answers to `run`, one each, until `end`. */
export type Round = { ms: number };
export type RoundQuestion = 'run' | 'end';

async function main(): Promise<void> {
  const task = childArgument<ParseTask>();
  if (task.mode === 'cold') await answer(await runCold(task));
  else await answerRounds(task);
}

/** The parent asks several contenders in turn, so that a slow moment of the machine meets all of them. */
async function answerRounds({ contender, path }: ParseTask): Promise<void> {
  const input = { path, body: readFileSync(path) };
  const run = await loadContender(contender);
  process.on('message', async (question: RoundQuestion) => {
    if (question === 'end') process.exit(0);
    // Garbage of the round before is collected first; what the round itself makes is collected on its time.
    globalThis.gc?.();
    process.send?.({ ms: (await timed(() => run(input))).ms } satisfies Round);
  });
  process.send?.({ ms: (await timed(() => run(input))).ms } satisfies Round);
}

/** The first run of a fresh process, its code loaded: the time, and the most memory that it held on top. */
async function runCold({ contender, path }: ParseTask): Promise<ColdRun> {
  const run = await loadContender(contender);
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  const input: Input = { path, body: readFileSync(path) };
  const { ms } = await timed(() => run(input));
  return { ms, peakBytes: process.resourceUsage().maxRSS * 1024 - before };
}

async function timed(work: () => unknown): Promise<{ ms: number }> {
  const started = performance.now();
  const result = await work();
  const ms = performance.now() - started;
  if (result === undefined) throw new Error('nothing was read');
  return { ms };
}

await main();

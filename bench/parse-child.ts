import { readFileSync } from 'node:fs';
import { type Contender, type ContenderName, type Input, loadContender } from './contenders.js';
import { median } from './numbers.js';
import { answer, childArgument } from './run-child.js';

export type ParseTask = {
  mode: 'time' | 'cold';
  contender: ContenderName;
  plain: ContenderName;
  path: string;
  /** How long the measured rounds may take together; at least `minRounds` run all the same. */
  budgetMs: number;
};

export type ParseTimes = { medianMs: number; plainMs: number; ratio: number; rounds: number };
export type ColdRun = { ms: number; peakBytes: number };

const minRounds = 5;
const maxRounds = 31;
const warmUpMs = 1_500;

async function main(): Promise<void> {
  const task = childArgument<ParseTask>();
  await answer(task.mode === 'cold' ? await runCold(task) : await runRounds(task));
}

/** Rounds of the plain parser and the contender in turn, so that a slow moment of the machine meets both. */
async function runRounds({ contender, plain, path, budgetMs }: ParseTask): Promise<ParseTimes> {
  const input = { path, body: readFileSync(path) };
  const [measured, beside] = [await loadContender(contender), await loadContender(plain)];
  await warmUp(beside, input);
  await warmUp(measured, input);
  const times: { ms: number; plainMs: number }[] = [];
  const until = performance.now() + budgetMs;
  while (times.length < minRounds || (performance.now() < until && times.length < maxRounds)) {
    times.push({ plainMs: await timeOne(beside, input), ms: await timeOne(measured, input) });
  }
  return {
    medianMs: median(times.map(({ ms }) => ms)),
    plainMs: median(times.map(({ plainMs }) => plainMs)),
    ratio: median(times.map(({ ms, plainMs }) => ms / plainMs)),
    rounds: times.length,
  };
}

async function warmUp(contender: Contender, input: Input): Promise<void> {
  const until = performance.now() + warmUpMs;
  for (let rounds = 0; rounds < 2 || (performance.now() < until && rounds < 20); rounds += 1) {
    await contender(input);
  }
}

/** Garbage of the run before is collected first; garbage that the run itself makes is collected on its time. */
async function timeOne(contender: Contender, input: Input): Promise<number> {
  globalThis.gc?.();
  const started = performance.now();
  const result = await contender(input);
  const ms = performance.now() - started;
  if (result === undefined) throw new Error('nothing was read');
  return ms;
}

/** The first run of a fresh process, its code loaded: the time, and the most memory that it held on top. */
async function runCold({ contender, path }: ParseTask): Promise<ColdRun> {
  const run = await loadContender(contender);
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  const input = { path, body: readFileSync(path) };
  const started = performance.now();
  const result = await run(input);
  const ms = performance.now() - started;
  if (result === undefined) throw new Error('nothing was read');
  return { ms, peakBytes: process.resourceUsage().maxRSS * 1024 - before };
}

await main();

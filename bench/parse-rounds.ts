import type { ChildProcess } from 'node:child_process';
import type { ContenderName } from './contenders.js';
import { median } from './numbers.js';
import type { ParseTask, Round } from './parse-child.js';
import { askChild, nextMessage, startChild } from './run-child.js';

export type ParseTimes = {
  medianMs: number;
  /** To the plain parser, round by round. */
  ratio: number;
  /** Of each round, in the order of the rounds. */
  roundsMs: number[];
};

const warmUpRounds = 12;
const minRounds = 7;

/**
 * Every contender in a process of its own, one run of each in turn, for as long as the budget goes. A contender that
 * fails is left out: the run before says why.
 */
export async function runRounds(
  contenders: ContenderName[],
  { plain, path, budgetMs }: { plain: ContenderName; path: string; budgetMs: number },
): Promise<Map<ContenderName, ParseTimes>> {
  const children = new Map<ContenderName, ChildProcess>();
  for (const contender of contenders) {
    const task: ParseTask = { mode: 'rounds', contender, path };
    const child = startChild('./parse-child.js', task, ['--expose-gc']);
    await nextMessage<Round>(child);
    children.set(contender, child);
  }
  const times = new Map<ContenderName, number[]>(contenders.map((name) => [name, []]));
  const startedAt = performance.now();
  for (let round = 0; ; round += 1) {
    const isWarm = round >= warmUpRounds;
    const isOver = performance.now() - startedAt > budgetMs;
    if (isOver && (times.get(plain)?.length ?? 0) >= minRounds) break;
    for (const [name, child] of children) {
      const { ms } = await askChild<Round>(child, 'run');
      if (isWarm) times.get(name)?.push(ms);
    }
  }
  for (const child of children.values()) child.send('end');
  const plainMs = times.get(plain) ?? [];
  return new Map(
    [...times].map(([name, roundsMs]) => [
      name,
      {
        medianMs: median(roundsMs),
        ratio: median(roundsMs.map((ms, at) => ms / (plainMs[at] ?? Number.NaN))),
        roundsMs,
      },
    ]),
  );
}

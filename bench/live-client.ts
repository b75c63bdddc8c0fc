import { type Arrival, type GroupOptions, LiveGroup, type Verdict } from './live-group.js';
import type { Commit } from './live-server.js';
import { percentile } from './numbers.js';

export type LiveClientQuestion =
  | ({ kind: 'open'; group: string } & GroupOptions)
  | { kind: 'until'; group: string; revision: number }
  | { kind: 'committed'; group: string; commits: Commit[] }
  | { kind: 'forget' | 'latencies' | 'close'; group: string };

export type LatencySummary = { count: number; p50: number; p99: number; max: number };
export type LiveClientAnswer = { failure: string } | Arrival | LatencySummary | Verdict | object;

/** The subscribers, in a process of their own. */
async function main(): Promise<void> {
  const groups = new Map<string, LiveGroup>();
  const latencies = new Map<string, Float64Array[]>();

  const answer = async (question: LiveClientQuestion): Promise<LiveClientAnswer> => {
    if (question.kind === 'open') {
      const group = new LiveGroup(question);
      groups.set(question.group, group);
      latencies.set(question.group, []);
      await group.open();
      return {};
    }
    const group = groups.get(question.group);
    if (!group) throw new Error(`There is no group "${question.group}".`);
    switch (question.kind) {
      case 'until':
        return group.until(question.revision);
      case 'committed':
        latencies.get(question.group)?.push(group.latencies(question.commits));
        return {};
      case 'forget':
        group.forget();
        return {};
      case 'latencies':
        return summarize(latencies.get(question.group) ?? []);
      case 'close':
        groups.delete(question.group);
        return group.close();
    }
  };
  process.on('message', async (question: LiveClientQuestion | 'end') => {
    if (question === 'end') process.exit(0);
    try {
      process.send?.(await answer(question));
    } catch (error) {
      process.send?.({ failure: error instanceof Error ? error.message : String(error) });
    }
  });
  process.send?.({});
}

function summarize(rounds: readonly Float64Array[]): LatencySummary {
  const values = rounds.flatMap((round) => [...round]);
  return {
    count: values.length,
    p50: percentile(values, 0.5),
    p99: percentile(values, 0.99),
    max: percentile(values, 1),
  };
}

await main();

import { formatMs, median, percentile } from './numbers.js';
import type { QuestionSet } from './search-corpus.js';
import type { Question } from './search-paraphrases.js';
import type { Table } from './table.js';

/** `ranks`: the place of the first right answer for each question, 0 where none is among the first ten. */
export type QualityRow = { name: string; set: QuestionSet; ranks: number[] };
export type LatencyRow = {
  database: string;
  tools: number;
  times: number[];
  /** Milliseconds to write what the tools are searched by. */
  indexMs: number | null;
};

const recallAim = 0.9;

export function toQualityTable(
  rows: readonly QualityRow[],
  questions: ReadonlyMap<QuestionSet, readonly Question[]>,
): Table {
  const own = rows.filter(({ name }) => name === 'Toolgraph');
  const others = rows.filter(({ name }) => name !== 'Toolgraph');
  const behind = others.filter((other) => {
    const ours = own.find(({ set }) => set === other.set);
    return ours && figuresOf(ours).some((figure, at) => figure <= (figuresOf(other)[at] ?? 0));
  });
  const asked = own.find(({ set }) => set === 'hand-written');
  const recall = asked ? recallAt(asked.ranks, 5) : 0;
  return {
    title: 'Finding the right tool among all operations of the corpus',
    columns: ['questions', 'count', 'contender', 'recall@1', 'recall@5', 'recall@10', 'MRR'],
    rows: [...questions].flatMap(([set, { length }]) =>
      rows
        .filter((row) => row.set === set)
        .map((row) => [set, String(length), row.name, ...figuresOf(row).map(toText)]),
    ),
    notes: [
      'A question is answered when one of its right tools is among the first so many; MRR is the mean of 1 / place, 0 beyond the tenth.',
      'The paraphrased questions are made by the rules in bench/search-paraphrases.ts, the hand-written ones stand in bench/search-questions.tsv.',
      `Aim "recall@5 of ${recallAim} on the hand-written questions": ${recall >= recallAim ? 'met' : 'missed'} with ${toText(recall)}.`,
      `Aim "ahead of the others on every figure": ${behind.length === 0 ? 'met' : `missed beside ${behind.map(({ name, set }) => `${name} (${set})`).join(', ')}`}.`,
    ],
  };
}

export function toLatencyTable(rows: readonly LatencyRow[]): Table {
  return {
    title: 'How long a question takes',
    columns: [
      'database',
      'tools',
      'median ms',
      'p99 ms',
      'slowest ms',
      'index, ms per 1,000 tools',
    ],
    rows: rows.map(({ database, tools, times, indexMs }) => [
      database,
      tools.toLocaleString('en'),
      formatMs(median(times)),
      formatMs(percentile(times, 0.99)),
      formatMs(Math.max(...times)),
      formatMs(indexMs === null ? null : (indexMs / tools) * 1000),
    ]),
    notes: [
      'Up to 150 questions of each set, one after the other, from the verb that the transports call to its answer.',
      'Larger catalogs hold renamed copies of the corpus, all of one tenant: each question has as many right answers as there are copies.',
      ...aims(rows),
    ],
  };
}

function aims(rows: readonly LatencyRow[]): string[] {
  const limits: [number, number][] = [
    [10_000, 20],
    [1_000_000, 100],
  ];
  return limits.flatMap(([tools, limit]) =>
    rows
      .filter((row) => row.tools === tools)
      .map((row) => {
        const p99 = percentile(row.times, 0.99);
        const verdict = p99 < limit ? 'met' : 'missed';
        return `Aim "p99 below ${limit} ms at ${tools.toLocaleString('en')} tools" on ${row.database}: ${verdict} with ${formatMs(p99)} ms.`;
      }),
  );
}

function figuresOf({ ranks }: QualityRow): number[] {
  const reciprocal = ranks.map((rank) => (rank === 0 ? 0 : 1 / rank));
  const mean = reciprocal.reduce((sum, value) => sum + value, 0) / ranks.length;
  return [...[1, 5, 10].map((first) => recallAt(ranks, first)), mean];
}

function recallAt(ranks: readonly number[], first: number): number {
  return ranks.filter((rank) => rank > 0 && rank <= first).length / ranks.length;
}

function toText(figure: number): string {
  return figure.toFixed(3);
}

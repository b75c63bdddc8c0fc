import { formatMs, formatRatio, median } from './numbers.js';
import { type ContenderName, contenders } from './reads-cases.js';
import { concurrency } from './reads-client.js';
import type { Sizes } from './reads-sizes.js';
import type { Table } from './table.js';

export type CaseRates = {
  name: string;
  /** Of one answer. */
  bytes: Record<string, number>;
  /** Answers a second, by round. */
  rates: Partial<Record<ContenderName, number[]>>;
};

const titles: Record<ContenderName, string> = {
  toolgraph: 'Toolgraph',
  apollo: 'Apollo Server, in memory',
  postgraphile: 'PostGraphile 5',
  bytes: 'bytes from memory',
};

const apolloAim = 3;
const postgraphileAim = 1;
const bytesAim = 0.6;
const sizeAim = 1.2;

export function toRateTables(cases: CaseRates[]): Table[] {
  return cases.map(({ name, bytes, rates }) => {
    const own = rates.toolgraph ?? [];
    const measured = contenders.filter((contender) => rates[contender]);
    const ratioTo = (contender: ContenderName) => {
      const others = rates[contender];
      return others && median(own.map((rate, round) => rate / (others[round] ?? Number.NaN)));
    };
    return {
      title: name,
      columns: ['answers a second', 'median', 'lowest', 'highest', 'bytes', 'Toolgraph : it'],
      rows: measured.map((contender) => {
        const values = rates[contender] ?? [];
        return [
          titles[contender],
          ...[median(values), Math.min(...values), Math.max(...values)].map(toRate),
          String(bytes[contender] ?? '-'),
          formatRatio(ratioTo(contender)),
        ];
      }),
      notes: [
        `${own.length} rounds in turns, ${concurrency} requests at once from one client; every contender is a process of its own on this machine. The ratio is the median over the rounds. Each asks the same again and again: Toolgraph answers what comes again from memory (decision 013); what the first answer of a new revision takes is told by "after a write" below.`,
        ...aimsOf(name, ratioTo),
      ],
    };
  });
}

function aimsOf(name: string, ratioTo: (other: ContenderName) => number | undefined): string[] {
  const aims: { other: ContenderName; atLeast: number; text: string }[] = name.startsWith('REST')
    ? [{ other: 'bytes', atLeast: bytesAim, text: `at least ${bytesAim} of the bytes from memory` }]
    : [
        { other: 'apollo', atLeast: apolloAim, text: `at least ${apolloAim} times Apollo Server` },
        { other: 'postgraphile', atLeast: postgraphileAim, text: 'ahead of PostGraphile' },
      ];
  return aims.flatMap(({ other, atLeast, text }) => {
    const ratio = ratioTo(other);
    if (ratio === undefined) return [];
    return [`Aim "${text}": ${ratio >= atLeast ? 'met' : 'missed'} (${formatRatio(ratio)}).`];
  });
}

function toRate(rate: number): string {
  return rate.toFixed(rate < 100 ? 1 : 0);
}

export function toSizeTable({ smallEndpoints, largeEndpoints, times }: Sizes): Table {
  const rows = times.map(({ name, small, large }) => {
    const [few, many] = [median(small), median(large)];
    return { name, few, many, ratio: many / few };
  });
  const missed = rows.filter(({ ratio }) => !(ratio <= sizeAim));
  return {
    title: "An agent's tools in a small and in a large catalog",
    columns: ['ms', toCount(smallEndpoints), toCount(largeEndpoints + smallEndpoints), 'ratio'],
    rows: rows.map(({ name, few, many, ratio }) => [
      name,
      formatMs(few),
      formatMs(many),
      formatRatio(ratio),
    ]),
    notes: [
      `Medians of ${times[0]?.small.length ?? 0} requests one after the other, in turns on two databases of one PostgreSQL. Of the added endpoints half belong to the same tenant and half to ten others. "After a write" is the first read of a new revision, when nothing is remembered.`,
      missed.length === 0
        ? `Aim "ratio at most ${sizeAim}": met by every kind of read.`
        : `Aim "ratio at most ${sizeAim}": missed by ${missed.map(({ name }) => name).join('; ')}.`,
    ],
  };
}

function toCount(endpoints: number): string {
  return `${endpoints.toLocaleString('en-US')} endpoints`;
}

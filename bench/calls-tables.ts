import { areaNames, type Spent } from './calls-profile.js';
import { formatMs, formatRatio, median, percentile } from './numbers.js';
import type { Table } from './table.js';

export type CallTimes = {
  name: string;
  /** Of each request, one after the other, in turns. */
  directMs: number[];
  calledMs: number[];
  /** Answers per second with `concurrency` at once, by round. */
  throughput: Rates;
  /** The same with an upstream that takes 5 ms to answer. */
  slowThroughput: Rates;
  /** Per call. */
  spent: Spent;
};

export type Rates = { direct: number; forwarded: number; called: number }[];

/** Calls that are under way at once while throughput is measured. */
export const concurrency = 32;

const overheadAimMs = 1;
const ratioAim = 0.5;

export function toTables(database: string, times: CallTimes[]): Table[] {
  return [
    latencyTable(database, times),
    throughputTable(database, times),
    slowTable(database, times),
    spentTable(database, times),
  ];
}

function latencyTable(database: string, times: CallTimes[]): Table {
  const { rows, missed } = toLatencyRows(times, overheadAimMs);
  return {
    title: `What a call adds to a direct request: ${database}`,
    columns: ['ms', 'direct p50', 'p99', 'callTool p50', 'p99', 'added p50', 'p99'],
    rows,
    notes: [
      `One after the other, a direct request and a call of the tool in turns, ${times[0]?.calledMs.length ?? 0} of each. "added" is the difference of the two percentiles. The client, the server and the upstream, a bare \`node:http\` server, are processes of their own on this machine; both requests are made with undici over connections that are kept alive.`,
      aim(`less than ${overheadAimMs} ms added at p50`, missed),
    ],
  };
}

/** p50 and p99 of direct requests, of calls, and of what the latter add; `missed` are those that add `aimMs` or more. */
export function toLatencyRows(
  times: readonly Pick<CallTimes, 'name' | 'directMs' | 'calledMs'>[],
  aimMs: number,
): { rows: string[][]; missed: { name: string }[] } {
  const figures = times.map(({ name, directMs, calledMs }) => {
    const [direct, called] = [directMs, calledMs].map((values) =>
      [0.5, 0.99].map((share) => percentile(values, share)),
    ) as [[number, number], [number, number]];
    const added = [called[0] - direct[0], called[1] - direct[1]] as const;
    return { name, direct, called, added };
  });
  return {
    rows: figures.map(({ name, direct, called, added }) => [
      name,
      ...[...direct, ...called, ...added].map(formatMs),
    ]),
    missed: figures.filter(({ added: [p50] }) => !(p50 < aimMs)),
  };
}

function throughputTable(database: string, times: CallTimes[]): Table {
  const rates = times.map(({ name, throughput }) => ({ name, rates: throughput }));
  const missed = rates.filter((one) => !(median(ratiosOf(one.rates)) >= ratioAim));
  return {
    title: `Throughput with ${concurrency} at once: ${database}`,
    columns: rateColumns,
    rows: rates.map(toRateRow),
    notes: [
      `Rounds of a second in turns, medians of ${times[0]?.throughput.length ?? 0}; a round of calls ends when all of them are recorded in the database. "lowest" and "highest" are the ratios of single rounds.`,
      '"forwarded" is the direct request by way of a Fastify route that does nothing but hand it on with undici: the least that any server between the two can cost on this machine.',
      aim(`at least ${ratioAim} of the direct throughput`, missed),
    ],
  };
}

function slowTable(database: string, times: CallTimes[]): Table {
  return {
    title: `In addition: the same with an upstream that takes 5 ms: ${database}`,
    columns: rateColumns,
    rows: times.map(({ name, slowThroughput }) => toRateRow({ name, rates: slowThroughput })),
    notes: [
      'As above, but the upstream waits 5 ms before it answers, as services do that look something up. No aim is set for this; it does not stand for the one above.',
    ],
  };
}

const rateColumns = [
  ...['a second', 'direct', 'forwarded', 'callTool', 'callTool : direct', 'lowest', 'highest'],
  'callTool : forwarded',
];

function toRateRow({ name, rates }: { name: string; rates: Rates }): string[] {
  const ratios = ratiosOf(rates);
  return [
    name,
    median(rates.map(({ direct }) => direct)).toFixed(0),
    median(rates.map(({ forwarded }) => forwarded)).toFixed(0),
    median(rates.map(({ called }) => called)).toFixed(0),
    ...[median(ratios), Math.min(...ratios), Math.max(...ratios)].map(formatRatio),
    formatRatio(median(rates.map(({ forwarded, called }) => called / forwarded))),
  ];
}

function ratiosOf(rates: Rates): number[] {
  return rates.map(({ direct, called }) => called / direct);
}

function spentTable(database: string, times: CallTimes[]): Table {
  const percent = (share: number) => `${(share * 100).toFixed(0)} %`;
  const spent = times.map(({ spent }) => spent);
  return {
    title: `Where the server's time goes: ${database}`,
    columns: ['', ...times.map(({ name }) => name)],
    rows: [
      ['main thread, µs a call', ...spent.map(({ mainUs }) => mainUs.toFixed(0))],
      ['other threads, µs a call', ...spent.map(({ otherUs }) => otherUs.toFixed(0))],
      ...areasOf(spent).map((area) => [
        area,
        ...spent.map(({ shares }) => percent(shares[area] ?? 0)),
      ]),
    ],
    notes: [
      `Processor time of the server's process with ${concurrency} calls at once, and the shares of a profile of its main thread; native code counts to the JavaScript that calls it, and the profiler itself adds to the times. What one thread spends on a call bounds how many it answers a second, while a direct request costs the server nothing.`,
    ],
  };
}

/** Those that anything was spent on. */
export function areasOf(spent: Spent[]): string[] {
  return areaNames.filter((area) => spent.some(({ shares }) => (shares[area] ?? 0) > 0));
}

function aim(text: string, missed: { name: string }[]): string {
  if (missed.length === 0) return `Aim "${text}": met by every kind of call.`;
  return `Aim "${text}": missed by ${missed.map(({ name }) => name).join('; ')}.`;
}

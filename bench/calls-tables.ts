import { formatMs, formatRatio, median, percentile } from './numbers.js';
import type { Table } from './table.js';

export type CallTimes = {
  name: string;
  /** Of each request, one after the other, in turns. */
  directMs: number[];
  calledMs: number[];
  /** Answers per second with `concurrency` at once, by round. */
  throughput: { direct: number; called: number }[];
};

/** Calls that are under way at once while throughput is measured. */
export const concurrency = 32;

const overheadAimMs = 1;
const ratioAim = 0.5;

export function toTables(database: string, times: CallTimes[]): Table[] {
  return [latencyTable(database, times), throughputTable(database, times)];
}

function latencyTable(database: string, times: CallTimes[]): Table {
  const rows = times.map(({ name, directMs, calledMs }) => {
    const [direct, called] = [directMs, calledMs].map((values) =>
      [0.5, 0.99].map((share) => percentile(values, share)),
    ) as [[number, number], [number, number]];
    const added = [called[0] - direct[0], called[1] - direct[1]] as const;
    return { name, direct, called, added };
  });
  const missed = rows.filter(({ added: [p50] }) => !(p50 < overheadAimMs));
  return {
    title: `What a call adds to a direct request: ${database}`,
    columns: ['ms', 'direct p50', 'p99', 'callTool p50', 'p99', 'added p50', 'p99'],
    rows: rows.map(({ name, direct, called, added }) => [
      name,
      ...[...direct, ...called, ...added].map(formatMs),
    ]),
    notes: [
      `One after the other, a direct request and a call of the tool in turns, ${times[0]?.calledMs.length ?? 0} of each. "added" is the difference of the two percentiles. The client, the server and the upstream, a bare \`node:http\` server, are processes of their own on this machine; both requests are made with undici over connections that are kept alive.`,
      aim(`less than ${overheadAimMs} ms added at p50`, missed),
    ],
  };
}

function throughputTable(database: string, times: CallTimes[]): Table {
  const rows = times.map(({ name, throughput }) => ({
    name,
    direct: median(throughput.map(({ direct }) => direct)),
    called: median(throughput.map(({ called }) => called)),
    ratios: throughput.map(({ direct, called }) => called / direct),
  }));
  const missed = rows.filter(({ ratios }) => !(median(ratios) >= ratioAim));
  return {
    title: `Throughput with ${concurrency} at once: ${database}`,
    columns: ['a second', 'direct', 'callTool', 'ratio', 'lowest', 'highest'],
    rows: rows.map(({ name, direct, called, ratios }) => [
      name,
      ...[direct, called].map((rate) => rate.toFixed(0)),
      ...[median(ratios), Math.min(...ratios), Math.max(...ratios)].map(formatRatio),
    ]),
    notes: [
      `Rounds of a second in turns, medians of ${times[0]?.throughput.length ?? 0}; a round of calls ends when all of them are recorded in the database. "lowest" and "highest" are the ratios of single rounds.`,
      aim(`at least ${ratioAim} of the direct throughput`, missed),
    ],
  };
}

function aim(text: string, missed: { name: string }[]): string {
  if (missed.length === 0) return `Aim "${text}": met by every kind of call.`;
  return `Aim "${text}": missed by ${missed.map(({ name }) => name).join('; ')}.`;
}

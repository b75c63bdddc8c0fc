import type { Spent } from './calls-profile.js';
import { areasOf, toLatencyRows } from './calls-tables.js';
import { formatRatio, median } from './numbers.js';
import type { Table } from './table.js';

export type McpCallTimes = {
  name: string;
  /** Of each call, one after the other, in turns. */
  directMs: number[];
  calledMs: number[];
  /** Answers per second with `concurrency` at once, by round. */
  rates: { direct: number; forwarded: number; called: number }[];
  /** Per call. */
  spent: Spent;
};

export type McpListRates = {
  name: string;
  /** Answers per second with `concurrency` at once, by round. */
  rates: { direct: number; listed: number }[];
  bytes: string;
};

/** Requests that are under way at once while throughput is measured. */
export const concurrency = 32;

const overheadAimMs = 2;
const ratioAim = 0.5;

export function toMcpTables(
  database: string,
  calls: McpCallTimes[],
  lists: McpListRates[],
): Table[] {
  return [
    latencyTable(database, calls),
    throughputTable(database, calls),
    listTable(database, lists),
    spentTable(database, calls),
  ].filter(({ rows }) => rows.length > 0);
}

function latencyTable(database: string, times: McpCallTimes[]): Table {
  const { rows, missed } = toLatencyRows(times, overheadAimMs);
  return {
    title: `What an agent adds to a direct tools/call: ${database}`,
    columns: ['ms', 'direct p50', 'p99', 'through us p50', 'p99', 'added p50', 'p99'],
    rows,
    notes: [
      `One after the other, a call of the tool at its server and one at \`/agents/{id}/mcp\` in turns, ${times[0]?.calledMs.length ?? 0} of each, over a session that stands (2025-11-25). "added" is the difference of the two percentiles. The client, Toolgraph and the tool's server, which is the SDK's on \`node:http\`, are processes of their own on this machine. The "plain" client sends the messages with undici and does not parse the answers; the "SDK" client is the SDK's own. The server answers with events, as the SDK does unless told otherwise, or with JSON.`,
      aim(`less than ${overheadAimMs} ms added at p50`, missed),
    ],
  };
}

function throughputTable(database: string, times: McpCallTimes[]): Table {
  const rows = times.map(({ name, rates }) => {
    const ratios = rates.map(({ direct, called }) => called / direct);
    return { name, rates, ratios };
  });
  const missed = rows.filter(({ ratios }) => !(median(ratios) >= ratioAim));
  return {
    title: `Throughput of tools/call with ${concurrency} at once: ${database}`,
    columns: [
      ...['a second', 'direct', 'bare SDK', 'through us', 'us : direct', 'lowest', 'highest'],
      'us : bare SDK',
    ],
    rows: rows.map(({ name, rates, ratios }) => [
      name,
      median(rates.map(({ direct }) => direct)).toFixed(0),
      median(rates.map(({ forwarded }) => forwarded)).toFixed(0),
      median(rates.map(({ called }) => called)).toFixed(0),
      ...[median(ratios), Math.min(...ratios), Math.max(...ratios)].map(formatRatio),
      formatRatio(median(rates.map(({ forwarded, called }) => called / forwarded))),
    ]),
    notes: [
      `Rounds of a second in turns, medians of ${times[0]?.rates.length ?? 0}; a round of calls through us ends when all of them are recorded in the database. "lowest" and "highest" are the ratios of single rounds.`,
      '"bare SDK" is the direct call by way of a server of the SDK that does nothing but hand it on with a client of the SDK: no tenant, no schema, no credential, no record.',
      aim(`at least ${ratioAim} of the direct throughput`, missed),
    ],
  };
}

function listTable(database: string, lists: McpListRates[]): Table {
  const rows = lists.map(({ rates, ...rest }) => {
    const ratios = rates.map(({ direct, listed }) => listed / direct);
    return { ...rest, rates, ratios };
  });
  const missed = rows.filter(({ ratios }) => !(median(ratios) >= ratioAim));
  return {
    title: `tools/list of 100 tools with ${concurrency} at once: ${database}`,
    columns: ['a second', 'bare SDK', 'through us', 'ratio', 'lowest', 'highest', 'bytes of each'],
    rows: rows.map(({ name, rates, ratios, bytes }) => [
      name,
      median(rates.map(({ direct }) => direct)).toFixed(0),
      median(rates.map(({ listed }) => listed)).toFixed(0),
      ...[median(ratios), Math.min(...ratios), Math.max(...ratios)].map(formatRatio),
      bytes,
    ]),
    notes: [
      `The list of the SDK's server itself, and of an agent that has all of its tools, in one page. Rounds of a second in turns, medians of ${lists[0]?.rates.length ?? 0}.`,
      aim(`at least ${ratioAim} of a bare server of the SDK`, missed),
    ],
  };
}

function spentTable(database: string, times: McpCallTimes[]): Table {
  const percent = (share: number) => `${(share * 100).toFixed(0)} %`;
  const spent = times.map((one) => one.spent);
  return {
    title: `Where our time goes in a tools/call: ${database}`,
    columns: ['', ...times.map(({ name }) => name)],
    rows:
      times.length === 0
        ? []
        : [
            ['main thread, µs a call', ...spent.map(({ mainUs }) => mainUs.toFixed(0))],
            ['other threads, µs a call', ...spent.map(({ otherUs }) => otherUs.toFixed(0))],
            ...areasOf(spent).map((area) => [
              area,
              ...spent.map(({ shares }) => percent(shares[area] ?? 0)),
            ]),
          ],
    notes: [
      `Processor time of our process with ${concurrency} calls at once, and the shares of a profile of its main thread; native code counts to the JavaScript that calls it, and the profiler itself adds to the times.`,
    ],
  };
}

function aim(text: string, missed: { name: string }[]): string {
  if (missed.length === 0) return `Aim "${text}": met by every row.`;
  return `Aim "${text}": missed by ${missed.map(({ name }) => name).join('; ')}.`;
}

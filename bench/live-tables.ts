import type { Burst, LiveResult } from './live-run.js';
import { formatMs, formatRatio, median } from './numbers.js';
import type { Table } from './table.js';

const ratioAim = 0.5;
const p99AimMs = 250;
const aimSubscribers = 5_000;

export function toTables(
  results: LiveResult[],
  facts: { turns: number; rounds: number; maxFiles: string },
): Table[] {
  return [
    latencyTable(results, facts),
    memoryTable(results),
    burstTable(results, facts),
    writtenTable(results),
  ];
}

function nameOf({ subscribers, replicas }: LiveResult): string {
  return `${subscribers.toLocaleString('en')}, ${replicas === 1 ? '1 process' : `${replicas} replicas`}`;
}

function latencyTable(results: LiveResult[], facts: { turns: number; maxFiles: string }): Table {
  const missed = results.filter(({ ours }) => !(ours.latency.p99 < p99AimMs));
  return {
    title: 'From the commit to a subscriber',
    columns: ['ms', 'toolgraph p50', 'p99', 'max', 'bare p50', 'p99', 'max'],
    rows: results.map((result) => [
      nameOf(result),
      ...[result.ours, result.bare].flatMap(({ latency: { p50, p99, max } }) =>
        [p50, p99, max].map(formatMs),
      ),
    ]),
    notes: [
      `${facts.turns} changes, one after the other: each is written over the API of the first process, and when all subscribers have it the bare server, a \`ws\` broadcast, gets a POST with the same bytes (${results[0]?.messageBytes ?? 0} a message) for as many subscribers. The clock of ours starts when the writing process hears from PostgreSQL that the transaction is committed, that of the bare server when it has the bytes; it ends when the client reads the message, for each subscriber by itself. All processes read the machine's monotonic clock.`,
      `All subscribers are websockets of one client process that looks only for the revision of a message, and reads one in a hundred sockets' messages whole; they ask for \`revision kind at agents { id } endpoint { id name description }\`. With 2 replicas they are spread over both, and the bare server is still one process. Servers, client and PostgreSQL share the processors. Open files: ${facts.maxFiles}.`,
      faults(results),
      aim(`p99 under ${p99AimMs} ms`, missed),
    ],
  };
}

function memoryTable(results: LiveResult[]): Table {
  const kib = (bytes: number) => (bytes / 1024).toFixed(1);
  return {
    title: 'Memory of a subscriber',
    columns: ['KiB', 'toolgraph heap', 'RSS', 'bare heap', 'RSS'],
    rows: results.map((result) => [
      nameOf(result),
      ...[result.ours, result.bare].flatMap(({ memory }) =>
        [memory.heapUsedBytes, memory.rssBytes].map(kib),
      ),
    ]),
    notes: [
      '`heapUsed` and `rss` of the servers after garbage was collected, once every subscriber has got its first change, less what they were before anybody connected to a server that had served others, divided by the subscribers. Pages that are taken for 100 subscribers hide in the noise of the RSS: read the last rows.',
    ],
  };
}

function burstTable(results: LiveResult[], { rounds }: { rounds: number }): Table {
  const rows = results.map((result) => {
    const { ours, bare } = result;
    const ratios = ours.together.map(({ rate }, at) => rate / (bare.together[at]?.rate ?? 0));
    return { result, ratio: median(ratios), ratios };
  });
  const missed = rows.filter(({ ratio }) => !(ratio >= ratioAim)).map(({ result }) => result);
  return {
    title: 'Throughput of a burst that is committed together',
    columns: [
      'messages a second',
      'changes',
      'toolgraph',
      'bare',
      'ratio',
      'lowest',
      'highest',
      'µs of toolgraph',
      'of bare',
    ],
    rows: rows.map(({ result, ratio, ratios }) => [
      nameOf(result),
      String(result.changesTogether),
      ...[result.ours, result.bare].map(({ together }) => rateOf(together)),
      ...[ratio, Math.min(...ratios), Math.max(...ratios)].map(formatRatio),
      ...[result.ours, result.bare].map(({ together }) => microsOf(together)),
    ]),
    notes: [
      `Changes times subscribers, from the commit to the last message read, median of ${rounds} rounds in turns. The changes are appended to the log by one transaction of another process, so that they wait all at once; the bare server gets the same messages in one POST. "µs" is processor time of the servers for one message, in all their threads: it moves less with the machine than the clock does.`,
      aim(`at least ${ratioAim} of the bare broadcast`, missed),
    ],
  };
}

function writtenTable(results: LiveResult[]): Table {
  return {
    title: 'Throughput while changes are written over the API',
    columns: ['messages a second', 'changes', 'toolgraph', 'µs of toolgraph', 'changes a second'],
    rows: results.map((result) => {
      const { written } = result.ours;
      return [
        nameOf(result),
        String(result.changesWritten),
        rateOf(written),
        microsOf(written),
        (median(written.map(({ rate }) => rate)) / result.subscribers).toFixed(0),
      ];
    }),
    notes: [
      'Eight writers at once, from the first request to the last message read. Writers of a tenant take turns, so with few subscribers the writes are what takes the time, and the processor time of a message has its share of them.',
    ],
  };
}

function rateOf(bursts: readonly Burst[]): string {
  return median(bursts.map(({ rate }) => rate)).toFixed(0);
}

function microsOf(bursts: readonly Burst[]): string {
  return median(bursts.map(({ cpuMicros }) => cpuMicros)).toFixed(1);
}

function faults(results: LiveResult[]): string {
  const sides = results.flatMap(({ ours, bare }) => [ours.verdict, bare.verdict]);
  const sum = (key: keyof (typeof sides)[number]) =>
    sides.reduce((total, verdict) => total + verdict[key], 0).toLocaleString('en');
  return `Of ${sum('delivered')} messages of the whole run ${sum('lost')} were lost and ${sum('repeated')} repeated or out of order; ${sum('compared')} were read whole and were the same for all.`;
}

function aim(text: string, missed: LiveResult[]): string {
  const where = `Aim "${text}" at ${aimSubscribers.toLocaleString('en')} subscribers`;
  const most = missed.filter(({ subscribers }) => subscribers === aimSubscribers);
  const others = missed.filter(({ subscribers }) => subscribers !== aimSubscribers);
  const verdict = most.length === 0 ? 'met' : `missed with ${most.map(nameOf).join('; ')}`;
  if (others.length === 0) return `${where}: ${verdict}. So with fewer.`;
  return `${where}: ${verdict}. Missed with fewer: ${others.map(nameOf).join('; ')}.`;
}

import { areaNames, type Spent } from './calls-profile.js';
import { formatMs, formatRatio, median, percentile } from './numbers.js';
import type { ProcessTimes } from './process-times.js';
import type { Table } from './table.js';

/** Of one kind of work, by round. */
export type WorkTimes = {
  name: string;
  /** Jobs per second. */
  rates: { ours: number; bull: number }[];
  /** Processor time per job, by process. */
  costs: { ours: ProcessTimes; bull: ProcessTimes }[];
  /** From sending a job to its result while the rates were measured. */
  loadedMs: { ours: number[]; bull: number[] };
  /** The same, one job at a time. */
  aloneMs: { ours: number[]; bull: number[] };
  /** Of our worker's process, per job. */
  spent: Spent;
};

const ratioAim = 0.8;

export function toWorkTables(
  database: string,
  times: readonly WorkTimes[],
  { inFlight, concurrency }: { inFlight: number; concurrency: number },
): Table[] {
  return [
    ratesTable(database, times, { inFlight, concurrency }),
    costTable(database, times),
    latencyTable(database, times, inFlight),
    spentTable(database, times),
  ];
}

function ratesTable(
  database: string,
  times: readonly WorkTimes[],
  { inFlight, concurrency }: { inFlight: number; concurrency: number },
): Table {
  const missed = times.filter(({ rates }) => !(median(ratiosOf(rates)) >= ratioAim));
  return {
    title: `Delegated calls and BullMQ jobs: ${database}`,
    columns: ['jobs a second', 'BullMQ', 'Toolgraph', 'Toolgraph : BullMQ', 'lowest', 'highest'],
    rows: times.map(({ name, rates }) => [
      name,
      median(rates.map(({ bull }) => bull)).toFixed(0),
      median(rates.map(({ ours }) => ours)).toFixed(0),
      ...[median(ratiosOf(rates)), Math.min(...ratiosOf(rates)), Math.max(...ratiosOf(rates))].map(
        formatRatio,
      ),
    ]),
    notes: [
      `${inFlight} jobs sent and not answered at any time, each worker takes ${concurrency} at once; rounds in turns on the same Redis, medians of ${times[0]?.rates.length ?? 0}, ratios of single rounds. Client, workers, upstream and Redis are processes of this machine and share its processors.`,
      "BullMQ's job asks the upstream with undici and returns its JSON; the client hears of it by its queue events, and finished jobs are kept as they are by default. A delegated call is identified, checked against the policy and the tool's schema, claimed under a lease, planned, sent through the egress guard, recorded in the database, audited, kept for 24 hours under its key and answered on the caller's stream.",
      'The upstream answers at once, or where it says so after 5 ms, as services do that look something up.',
      missed.length === 0
        ? `Aim "at least ${ratioAim} of BullMQ's throughput": met by every kind of work.`
        : `Aim "at least ${ratioAim} of BullMQ's throughput": missed by ${missed.map(({ name }) => name).join('; ')}.`,
    ],
  };
}

/** On a machine with few processors that others use too, what a job costs says more than how many a second there are. */
function costTable(database: string, times: readonly WorkTimes[]): Table {
  const names = ['BullMQ worker', 'worker', 'postgres', 'redis-server', 'client', 'upstream'];
  const of = (costs: ProcessTimes[], name: string) => median(costs.map((cost) => cost[name] ?? 0));
  const toRow = (label: string, costs: ProcessTimes[]) => {
    const figures = names.map((name) => of(costs, name));
    const sum = figures.reduce((total, us) => total + us, 0);
    return [label, ...[...figures, sum].map((us) => us.toFixed(0))];
  };
  return {
    title: `Processor time of each process: ${database}`,
    columns: ['µs a job', ...names, 'all'],
    rows: times.flatMap(({ name, costs }) => [
      toRow(
        `${name}, BullMQ`,
        costs.map(({ bull }) => bull),
      ),
      toRow(
        `${name}, Toolgraph`,
        costs.map(({ ours }) => ours),
      ),
    ]),
    notes: [
      'Medians of the same rounds. The process of a worker that is not asked costs what its housekeeping does.',
    ],
  };
}

function latencyTable(database: string, times: readonly WorkTimes[], inFlight: number): Table {
  const figures = (ms: number[]) => [0.5, 0.99].map((share) => formatMs(percentile(ms, share)));
  return {
    title: `From sending to the result: ${database}`,
    columns: ['ms', 'BullMQ p50', 'p99', 'Toolgraph p50', 'p99'],
    rows: times.flatMap(({ name, aloneMs, loadedMs }) => [
      [`${name}, one at a time`, ...figures(aloneMs.bull), ...figures(aloneMs.ours)],
      [`${name}, ${inFlight} at once`, ...figures(loadedMs.bull), ...figures(loadedMs.ours)],
    ]),
    notes: [],
  };
}

function spentTable(database: string, times: readonly WorkTimes[]): Table {
  const spent = times.map((one) => one.spent);
  const shares = areaNames.filter((area) => spent.some((one) => (one.shares[area] ?? 0) > 0));
  return {
    title: `Where the worker's time goes: ${database}`,
    columns: ['', ...times.map(({ name }) => name)],
    rows: [
      ['main thread, µs a call', ...spent.map(({ mainUs }) => mainUs.toFixed(0))],
      ['other threads, µs a call', ...spent.map(({ otherUs }) => otherUs.toFixed(0))],
      ...shares.map((area) => [
        area,
        ...spent.map((one) => `${((one.shares[area] ?? 0) * 100).toFixed(0)} %`),
      ]),
    ],
    notes: [
      'Shares of a profile of the main thread; native code counts to the JavaScript that calls it.',
    ],
  };
}

function ratiosOf(rates: WorkTimes['rates']): number[] {
  return rates.map(({ ours, bull }) => ours / bull);
}

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { WorkerCount, WorkerGauges, WorkerObserver } from './worker-observer.js';

export type WorkerMetrics = Pick<WorkerObserver, 'count' | 'ran' | 'beatLate' | 'measure'>;

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

const helpOf = {
  read: 'Requests that were read for the first time.',
  reclaimed: 'Requests that were taken over from a worker that is silent or has stopped.',
  lost: 'Requests that somebody trimmed from the stream before they were answered.',
  joined: 'Requests for what was running already, answered with its end.',
  answeredAgain: 'Requests for what had ended already, answered from what was kept.',
  fenced: 'Calls whose end was dropped, since another worker had taken them over.',
  leaseLost: 'Leases that were lost while a call ran.',
  retried: 'Calls that are tried again, since nothing ran.',
  storeFailed: 'Steps that failed since a store did not answer.',
} as const satisfies Partial<Record<WorkerCount['what'], string>>;

const gaugesOf = {
  inFlight: ['in_flight', 'Requests that this worker runs.'],
  waiting: ['waiting', 'Requests that this worker has read and not begun.'],
  lag: [
    'lag',
    'Requests that wait: nobody has read them yet, or they are parked until a worker has room for their tenant.',
  ],
  pending: ['pending', 'Requests that were read and have not ended, of all workers.'],
  oldestPendingMs: ['oldest_pending_seconds', 'Age of the oldest request that has not ended.'],
  deadLetters: ['dead_letters', 'Requests that were given up and lie with the dead letters.'],
} as const satisfies Record<keyof WorkerGauges, readonly [string, string]>;

/** What the worker of this process does, in `registry`. */
export function createWorkerMetrics(registry: Registry): WorkerMetrics {
  const registers = [registry];
  const name = (rest: string) => `toolgraph_worker_${rest}`;
  const counter = (rest: string, help: string, labelNames: string[] = []) =>
    new Counter({ name: name(rest), help, labelNames, registers });
  const counters = new Map(
    Object.entries(helpOf).map(([what, help]) => [what, counter(`${toSnake(what)}_total`, help)]),
  );
  const rejected = counter('rejected_total', 'Requests that were answered without running.', [
    'reason',
  ]);
  const deadLettered = counter('dead_lettered_total', 'Requests that were given up.', ['reason']);
  const ended = counter('ended_total', 'Calls that ended.', ['outcome']);
  const gauges = new Map(
    Object.entries(gaugesOf).map(([key, [rest, help]]) => [
      key,
      new Gauge({ name: name(rest), help, registers }),
    ]),
  );
  const durations = new Histogram({
    name: name('run_seconds'),
    help: 'How long calls took, from the job to its end.',
    buckets: seconds,
    registers,
  });
  const lateness = new Histogram({
    name: name('heartbeat_late_seconds'),
    help: 'By how much heartbeats came too late: close to a third of the lease is dangerous.',
    buckets: seconds,
    registers,
  });
  watchEventLoop(name('event_loop_delay_seconds'), registers);
  return {
    count: (event) => {
      if (event.what === 'rejected') rejected.inc({ reason: event.why });
      else if (event.what === 'deadLettered') deadLettered.inc({ reason: event.why });
      else if (event.what === 'ended') ended.inc({ outcome: event.outcome });
      else counters.get(event.what)?.inc();
    },
    ran: (durationMs) => durations.observe(durationMs / 1000),
    beatLate: (ms) => lateness.observe(ms / 1000),
    measure: (measured) => {
      for (const [key, value] of Object.entries(measured)) {
        gauges.get(key)?.set(key.endsWith('Ms') ? value / 1000 : value);
      }
    },
  };
}

/** The longest time that the event loop stood still, since it was last asked. */
function watchEventLoop(name: string, registers: Registry[]): void {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  new Gauge({
    name,
    help: 'The longest that this process stood still since the last scrape.',
    registers,
    collect() {
      delay.enable();
      this.set(Number.isFinite(delay.max) ? delay.max / 1e9 : 0);
      delay.reset();
    },
  });
}

function toSnake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

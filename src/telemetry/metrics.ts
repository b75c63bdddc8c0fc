import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { CallOutcome } from '../calls/call-types.js';
import { AppError } from '../errors.js';
import type { HttpClient } from '../upstream/http-client.js';
import { createWorkerMetrics, type WorkerMetrics } from './worker-metrics.js';

export type Metrics = {
  callStarted(tool: string): { end(outcome: CallOutcome): void };
  egressRefused(): void;
  /** One more, or one less, of what stays open. */
  liveChanged(kind: 'connections' | 'subscriptions', by: 1 | -1): void;
  worker: WorkerMetrics;
  /** The Prometheus text format, with its content type. */
  expose(): Promise<{ contentType: string; text: string }>;
};

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Counters of one process, in a registry of their own. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const calls = new Counter({
    name: 'toolgraph_calls_total',
    help: 'Calls of tools that ended.',
    labelNames: ['tool', 'outcome'],
    registers,
  });
  const durations = new Histogram({
    name: 'toolgraph_call_duration_seconds',
    help: 'How long calls took, from the request to the answer.',
    labelNames: ['outcome'],
    buckets: seconds,
    registers,
  });
  const inFlight = new Gauge({
    name: 'toolgraph_calls_in_flight',
    help: 'Calls that are running.',
    registers,
  });
  const refusals = new Counter({
    name: 'toolgraph_egress_refused_total',
    help: 'Outgoing requests that the egress guard refused.',
    registers,
  });
  const live = {
    connections: new Gauge({
      name: 'toolgraph_live_connections',
      help: 'Callers that are connected by a websocket or an event stream.',
      registers,
    }),
    subscriptions: new Gauge({
      name: 'toolgraph_live_subscriptions',
      help: 'Operations that run over websockets and event streams.',
      registers,
    }),
  };
  return {
    callStarted: (tool) => {
      inFlight.inc();
      const stop = durations.startTimer();
      return {
        end: (outcome) => {
          inFlight.dec();
          calls.inc({ tool, outcome });
          stop({ outcome });
        },
      };
    },
    egressRefused: () => refusals.inc(),
    liveChanged: (kind, by) => live[kind].inc(by),
    worker: createWorkerMetrics(registry),
    expose: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}

/** The same client, with every request counted that the egress guard refuses. */
export function countRefusals(client: HttpClient, metrics: Metrics): HttpClient {
  async function counted<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      if (error instanceof AppError && error.code === 'FORBIDDEN') metrics.egressRefused();
      throw error;
    }
  }
  return {
    send: (request) => counted(client.send(request)),
    open: (request) => counted(client.open(request)),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from './config-types.js';
import type { Worker } from './transports/worker/open-worker.js';

type Running = {
  app: AsyncDisposable;
  health: AsyncDisposable | null;
  worker: Pick<Worker, 'stop' | 'hurry'> | null;
};

/** The process, as far as it is needed here. */
export type Host = {
  /** Calls back on every SIGINT and SIGTERM. */
  onSignal(listener: () => void): void;
  /** Calls back on every error that nobody handled. */
  onStray(listener: (error: unknown) => void): void;
  /** For people who look after the process. */
  complain(error: unknown): void;
  exit(status: number): never;
};

/** A start that a signal interrupts gets so long to come to a point where it can be undone. */
const bootMs = 2000;
/** For a worker to let go what its grace period did not suffice for. */
const releaseMs = 6000;

/**
 * Starts and runs until SIGINT or SIGTERM: then finishes what runs, within the grace periods, and exits with status 0. A
 * second signal ends a worker's grace period: others take over what it runs. An error that nobody handled stops it in the
 * same way, with status 1: nobody knows what it left undone, and the calls beside it are not to blame.
 */
export async function runUntilStopped(
  host: Host,
  config: Config,
  start: () => Promise<Running>,
): Promise<void> {
  const told = Promise.withResolvers<void>();
  let onSecond = () => {};
  let signals = 0;
  let status = 0;
  host.onStray((error) => {
    host.complain(error);
    status = 1;
    told.resolve();
  });
  host.onSignal(() => {
    signals += 1;
    if (signals === 1) told.resolve();
    else onSecond();
  });
  const starting = start();
  const limit = told.promise.then(() => sleep(bootMs, null, { ref: false }));
  const running = await Promise.race([starting, limit]);
  // Nothing was read yet that would be lost.
  if (!running) return host.exit(status);
  await told.promise;
  onSecond = () => running.worker?.hurry();
  if (signals > 1) onSecond();
  await stop(host, config, { running, status: () => status });
  host.exit(status);
}

async function stop(
  host: Host,
  { shutdown, worker: { graceMs } }: Config,
  { running: { app, health, worker }, status }: { running: Running; status: () => number },
): Promise<void> {
  const allMs = worker ? Math.max(shutdown.graceMs, graceMs + releaseMs) : shutdown.graceMs;
  setTimeout(() => host.exit(status()), allMs).unref();
  // The worker's grace period and the server's begin together.
  void worker?.stop();
  await app[Symbol.asyncDispose]();
  await health?.[Symbol.asyncDispose]();
}

import type { Logger } from '../../logger.js';
import type { HeldJob, JobStore } from '../../messaging/job-store.js';
import type { RequestLog } from '../../messaging/request-log.js';
import type { WorkerObserver } from '../../telemetry/worker-observer.js';

export type LeaseOptions = {
  jobs: Pick<JobStore, 'beat'>;
  requests: Pick<RequestLog, 'touch'>;
  consumer: string;
  leaseMs: number;
  /** What is in this process's hands, whether it runs or waits. */
  entryIds(): string[];
  observer: WorkerObserver;
  logger: Logger;
};

export interface Leases extends Disposable {
  /** Renewed until disposed; `onLost` once, when the job may be somebody else's. */
  hold(held: HeldJob, onLost: () => void): Disposable;
}

type Lease = { held: HeldJob; onLost: () => void; aliveUntil: number };

/**
 * Says every third of a lease that this process lives: one beat for each job that it runs, one touch for all its entries. A
 * job is lost when the store says so, or when the store has not answered for as long as the lease.
 */
export function startLeases(options: LeaseOptions): Leases {
  const { jobs, requests, consumer, leaseMs, observer, logger } = options;
  const leases = new Set<Lease>();
  const everyMs = Math.ceil(leaseMs / 3);
  let dueAt = performance.now() + everyMs;
  let isBeating = false;

  function lose(lease: Lease): void {
    if (!leases.delete(lease)) return;
    observer.count({ what: 'leaseLost' });
    lease.onLost();
  }

  async function beat(lease: Lease): Promise<void> {
    const sentAt = performance.now();
    try {
      if (await jobs.beat(lease.held, leaseMs)) lease.aliveUntil = sentAt + leaseMs;
      else lose(lease);
    } catch (err) {
      if (performance.now() < lease.aliveUntil) return;
      logger.warn({ err, entryId: lease.held.entryId }, 'a lease could not be renewed in time');
      lose(lease);
    }
  }

  /** The store has the question and does not answer. */
  function loseSilent(): void {
    const now = performance.now();
    for (const lease of [...leases]) if (now >= lease.aliveUntil) lose(lease);
  }

  async function touch(): Promise<void> {
    const ids = options.entryIds();
    if (ids.length === 0) return;
    await requests.touch(consumer, ids).catch((err: unknown) => {
      logger.warn({ err }, 'entries could not be kept from being taken over');
    });
  }

  async function tick(): Promise<void> {
    observer.beatLate(Math.max(0, performance.now() - dueAt));
    dueAt = performance.now() + everyMs;
    if (isBeating) {
      loseSilent();
      return;
    }
    isBeating = true;
    await Promise.all([touch(), ...[...leases].map(beat)]);
    isBeating = false;
  }

  const timer = setInterval(() => void tick(), everyMs);
  return {
    hold: (held, onLost) => {
      const lease: Lease = { held, onLost, aliveUntil: performance.now() + leaseMs };
      leases.add(lease);
      return { [Symbol.dispose]: () => void leases.delete(lease) };
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

import { randomUUID } from 'node:crypto';
import { AppError } from '../../errors.js';
import type { Logger } from '../../logger.js';
import type { RunStatement, Statement, StatementValue } from '../../storage/sql.js';
import type { BeginJob, BegunJob, HeldJob, JobStore, Waiter } from '../job-store.js';
import {
  beatJob,
  beginJob,
  dropBodies,
  findJob,
  finishJob,
  releaseJob,
  removeExpired,
  startJob,
} from './job-statements.js';

type BegunRow = {
  isSame: boolean;
  isMine: boolean;
  attempt: number;
  wasStarted: boolean;
  isDone: boolean;
  entryId: string;
  isJoined: boolean;
  waiters: string[];
  body: string | null;
};

type JobRow = {
  attempt: number;
  isStarted: boolean;
  isDone: boolean;
  leaseUntil: string;
  body: string | null;
};

const sweepMs = 60_000;
const maxSwept = 1000;

/** Jobs in the database: every step is one statement, and time is the database's. */
export function createDatabaseJobStore(options: {
  run: RunStatement;
  logger: Logger;
}): JobStore & AsyncDisposable {
  const { run, logger } = options;
  const sweeper = setInterval(() => void sweep(), sweepMs).unref();

  async function ask<Row>(statement: Statement, values: readonly StatementValue[]): Promise<Row[]> {
    try {
      return await run<Row>(statement, values);
    } catch (cause) {
      throw new AppError('UPSTREAM_FAILED', 'The database does not answer.', {}, { cause });
    }
  }

  async function sweep(): Promise<void> {
    try {
      await run(removeExpired, [maxSwept]);
      await run(dropBodies, [maxSwept]);
    } catch (err) {
      logger.error({ err }, 'jobs past their time could not be removed');
    }
  }

  return {
    begin: async (job) => {
      const { key, digest, entryId, leaseMs, waiter } = job;
      const token = randomUUID();
      const waiters = waiter ? [toText(waiter)] : [];
      const values = [key.tenant, key.id, digest, token, entryId, leaseMs, waiters];
      const [row] = await ask<BegunRow>(beginJob, values);
      if (!row) throw new AppError('UPSTREAM_FAILED', 'The database did not keep the job.');
      return toBegun(job, token, row);
    },
    beat: async (held, leaseMs) => {
      return (await ask(beatJob, toHolder({ ...held, leaseMs }))).length > 0;
    },
    start: async (held) => (await ask(startJob, toHolder(held))).length > 0,
    finish: async (held, body, retentionMs) => {
      const values = [...toHolder(held), Buffer.from(body).toString('base64'), retentionMs];
      const [row] = await ask<{ waiters: string[] }>(finishJob, values);
      return row ? row.waiters.map(readWaiter) : null;
    },
    release: async ({ key, token }, { isStarted } = { isStarted: true }) => {
      await ask(releaseJob, [key.tenant, key.id, token, isStarted ? 1 : 0]);
    },
    find: async (key) => {
      const [row] = await ask<JobRow>(findJob, [key.tenant, key.id]);
      if (!row) return null;
      const { attempt, isStarted, isDone, leaseUntil, body } = row;
      const state = isDone ? 'done' : 'running';
      const leaseEndsAt = new Date(leaseUntil);
      return { state, attempt, isStarted, leaseEndsAt, body: readBody(body) };
    },
    [Symbol.asyncDispose]: async () => clearInterval(sweeper),
  };
}

function toHolder({ key, digest, token, entryId, attempt, leaseMs }: HeldJob): StatementValue[] {
  return [key.tenant, key.id, digest, token, entryId, attempt, leaseMs];
}

function toBegun(job: BeginJob, token: string, row: BegunRow): BegunJob {
  const { key, digest, entryId, leaseMs } = job;
  if (row.isMine) {
    const held = { key, digest, entryId, leaseMs, token, attempt: row.attempt };
    return { kind: 'run', held, wasStarted: row.wasStarted };
  }
  if (!row.isSame) return { kind: 'mismatch' };
  if (!row.isDone) {
    const isJoined = row.isJoined && row.entryId !== entryId;
    return { kind: 'running', entryId: row.entryId, isJoined };
  }
  const waiters = new Set(row.waiters);
  if (job.waiter) waiters.add(toText(job.waiter));
  return { kind: 'done', body: readBody(row.body), waiters: [...waiters].map(readWaiter) };
}

/** JSON, since the database refuses some characters that a correlation id may have; the same for the same waiter. */
function toText({ replyTo, correlationId }: Waiter): string {
  return JSON.stringify([replyTo, correlationId]);
}

function readWaiter(text: string): Waiter {
  const [replyTo, correlationId] = JSON.parse(text) as [string, string];
  return { replyTo, correlationId };
}

function readBody(base64: string | null): Buffer | null {
  return base64 === null ? null : Buffer.from(base64, 'base64');
}

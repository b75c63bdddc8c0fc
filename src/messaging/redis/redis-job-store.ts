import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { toBuffer } from '../fields.js';
import type {
  BeginJob,
  BegunJob,
  HeldJob,
  JobKey,
  JobState,
  JobStore,
  Waiter,
} from '../job-store.js';
import {
  beatScript,
  beginScript,
  finishScript,
  releaseScript,
  startScript,
} from './job-scripts.js';
import { ask } from './redis-client.js';
import { toSessionKey } from './redis-stores.js';
import { asBytes, asList, asNumber, asText } from './replies.js';
import { runScript, type ScriptValue } from './run-script.js';
import { readWaiter, toWaiterText } from './waiter-text.js';

/** Jobs in Redis: every step is one script, and time is the server's. */
export function createRedisJobStore(client: Redis, keyPrefix: string): JobStore {
  const owner = randomUUID();
  let begins = 0;

  function askAbout(held: HeldJob, script: typeof beatScript, more: ScriptValue[] = []) {
    return runScript(client, script, toJobKeys(keyPrefix, held.key), [...toHolder(held), ...more]);
  }

  return {
    begin: async (job) => {
      begins += 1;
      // A token of this very call: the connection may send it twice.
      const token = `${owner}:${begins}`;
      const { key, digest, entryId, leaseMs, waiter, session } = job;
      const keys: string[] = toJobKeys(keyPrefix, key);
      const args: ScriptValue[] = [digest, token, entryId, leaseMs, toWaiterText(waiter)];
      if (session) {
        keys.push(toSessionKey(keyPrefix, session.traceId));
        args.push(toBuffer(session.record));
      }
      const reply = await runScript(client, beginScript, keys, args);
      return toBegun(job, token, asList(reply));
    },
    beat: async (held, leaseMs) => {
      return asNumber(await askAbout({ ...held, leaseMs }, beatScript)) === 1;
    },
    start: async (held) => asNumber(await askAbout(held, startScript)) === 1,
    finish: async (held, body, retentionMs) => {
      const reply = await askAbout(held, finishScript, [toBuffer(body), retentionMs]);
      return reply === null ? null : toWaiters(reply);
    },
    release: async (held, { isStarted } = { isStarted: true }) => {
      const args = [held.token, isStarted ? '0' : '1'];
      await runScript(client, releaseScript, toJobKeys(keyPrefix, held.key), args);
    },
    find: (key) => findJob(client, toJobKeys(keyPrefix, key)),
  };
}

/** The keys of a job: its record, its waiters, its body. The same slot for all of them. */
export function toJobKeys(keyPrefix: string, { tenant, id }: JobKey): [string, string, string] {
  const tag = `{${encodeURIComponent(tenant)}:${encodeURIComponent(id)}}`;
  return [`${keyPrefix}job:${tag}`, `${keyPrefix}wait:${tag}`, `${keyPrefix}body:${tag}`];
}

/** What the scripts of a holder read first. */
export function toHolder({ token, digest, entryId, attempt, leaseMs }: HeldJob): ScriptValue[] {
  return [token, digest, entryId, attempt, leaseMs];
}

export function toWaiters(reply: unknown): Waiter[] {
  return asList(reply).map((text) => readWaiter(asText(text)));
}

function toBegun(job: BeginJob, token: string, reply: unknown[]): BegunJob {
  const [kind, first, second] = reply;
  switch (asText(kind)) {
    case 'run': {
      const { key, digest, entryId, leaseMs } = job;
      const held = { key, digest, entryId, leaseMs, token, attempt: asNumber(first) };
      return { kind: 'run', held, wasStarted: asNumber(second) === 1 };
    }
    case 'running':
      return { kind: 'running', entryId: asText(first), isJoined: asNumber(second) === 1 };
    case 'done': {
      const texts = new Set(asList(second).map(asText));
      if (job.waiter) texts.add(toWaiterText(job.waiter));
      const body = first === null ? null : asBytes(first);
      return { kind: 'done', body, waiters: [...texts].map(readWaiter) };
    }
    case 'otherSession':
      return { kind: 'otherSession' };
    default:
      return { kind: 'mismatch' };
  }
}

async function findJob(client: Redis, [job, , body]: [string, string, string]) {
  const names = ['state', 'attempt', 'started', 'lease'];
  const [found, kept] = await Promise.all([
    ask(client, 'HMGET', [job, ...names]),
    ask(client, 'GET', [body]),
  ]);
  const [state, attempt, started, lease] = asList(found);
  if (state === null) return null;
  return {
    state: asText(state) === 'done' ? 'done' : 'running',
    attempt: asNumber(attempt),
    isStarted: asText(started) === '1',
    leaseEndsAt: new Date(asNumber(lease)),
    body: kept === null ? null : asBytes(kept),
  } satisfies JobState;
}

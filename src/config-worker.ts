import { z } from 'zod';
import * as fields from './config-fields.js';
import type { WorkerConfig } from './config-types.js';
import type { InputIssue } from './errors.js';

/** What of the environment is about the worker. */
export const workerVariables = z.object({
  WORKER: fields.onOff(null),
  WORKER_TENANT: fields.identity,
  WORKER_APP: fields.identity,
  WORKER_AGENT: fields.identity,
  WORKER_CONFIG: fields.plainText(null),
  WORKER_GRANT_SECRET: fields.jwtSecret,
  WORKER_CONCURRENCY: fields.integer(16, { min: 1, max: 10_000 }),
  WORKER_TENANT_CONCURRENCY: fields.integer(null, { min: 1, max: 10_000 }),
  WORKER_MAX_LAG: fields.integer(10_000, { min: 1, max: 10_000_000 }),
  WORKER_LEASE_MS: fields.integer(15_000, { min: 300, max: 600_000 }),
  WORKER_GRACE_MS: fields.integer(25_000, { min: 0, max: 600_000 }),
  WORKER_JOBS: fields.oneOf(null, ['memory', 'redis', 'database']),
  WORKER_HEALTH_PORT: fields.integer(null, { min: 0, max: 65_535 }),
  WORKER_STREAM: fields.redisName('sg:stream:tools'),
  WORKER_GROUP: fields.redisName('sg:tools'),
  WORKER_KEY_PREFIX: fields.redisName('sg:tools:'),
  WORKER_REPLY_PREFIXES: fields.redisNames(['sg:stream:tools:reply:', 'sg:tools:reply:']),
  WORKER_DLQ: fields.redisName('sg:stream:dlq'),
  WORKER_CATALOG_CHANNEL: fields.redisName('sg:pubsub:tools:catalog'),
  WORKER_CONFIG_CHANNEL: fields.redisName('sys:config:updated'),
  WORKER_REGISTRY_PREFIX: fields.redisName('sg:registry:service:tools:'),
});

type WorkerVariables = z.output<typeof workerVariables>;

/** What each variable by itself cannot know. */
export function workerIssues(
  worker: WorkerVariables,
  set: { readonly REDIS_URL?: string },
): InputIssue[] {
  const issues: InputIssue[] = [];
  const add = (name: keyof WorkerVariables, message: string) =>
    issues.push({ path: [name], message, code: 'custom' });
  if (worker.WORKER_JOBS === 'redis' && !set.REDIS_URL) {
    add('WORKER_JOBS', 'is redis, which needs REDIS_URL');
  }
  if (worker.WORKER_JOBS === 'memory' && set.REDIS_URL) {
    add('WORKER_JOBS', 'must be redis or database with REDIS_URL: workers share the state of jobs');
  }
  if ((worker.WORKER_TENANT_CONCURRENCY ?? 0) > worker.WORKER_CONCURRENCY) {
    add(
      'WORKER_TENANT_CONCURRENCY',
      `must be at most WORKER_CONCURRENCY, which is ${worker.WORKER_CONCURRENCY}`,
    );
  }
  const streams = [worker.WORKER_STREAM, worker.WORKER_DLQ];
  const prefix = worker.WORKER_REPLY_PREFIXES.find((one) =>
    streams.some((stream) => stream.startsWith(one)),
  );
  if (prefix !== undefined) {
    add('WORKER_REPLY_PREFIXES', `has "${prefix}", with which a stream of the worker begins too`);
  }
  return issues;
}

export function toWorker(
  worker: WorkerVariables,
  { hasRedis, hasServer }: { hasRedis: boolean; hasServer: boolean },
): WorkerConfig {
  const concurrency = worker.WORKER_CONCURRENCY;
  return {
    isOn: worker.WORKER ?? !hasRedis,
    tenant: worker.WORKER_TENANT,
    app: worker.WORKER_APP,
    agent: worker.WORKER_AGENT,
    policyPath: worker.WORKER_CONFIG,
    concurrency,
    tenantConcurrency:
      worker.WORKER_TENANT_CONCURRENCY ?? Math.max(1, concurrency - Math.ceil(concurrency / 8)),
    maxLag: worker.WORKER_MAX_LAG,
    leaseMs: worker.WORKER_LEASE_MS,
    graceMs: worker.WORKER_GRACE_MS,
    jobs: worker.WORKER_JOBS ?? (hasRedis ? 'redis' : hasServer ? 'database' : 'memory'),
    healthPort: worker.WORKER_HEALTH_PORT,
    names: {
      stream: worker.WORKER_STREAM,
      group: worker.WORKER_GROUP,
      keyPrefix: worker.WORKER_KEY_PREFIX,
      deadLetterStream: worker.WORKER_DLQ,
      catalogChannel: worker.WORKER_CATALOG_CHANNEL,
      configChannel: worker.WORKER_CONFIG_CHANNEL,
      registryPrefix: worker.WORKER_REGISTRY_PREFIX,
      replyPrefixes: worker.WORKER_REPLY_PREFIXES,
    },
  };
}

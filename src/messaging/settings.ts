import type { Config } from '../config-types.js';

/** Where the worker's messages lie, and how much may lie there. */
export type MessagingSettings = {
  /** Null: this process's memory. */
  redisUrl: string | null;
  jobs: 'memory' | 'redis' | 'database';
  stream: string;
  group: string;
  /** Of the keys of jobs, sessions and catalogs. */
  keyPrefix: string;
  deadLetterStream: string;
  catalogChannel: string;
  configChannel: string;
  /** Followed by the instance's name. */
  presencePrefix: string;
  /** Entries that may wait for a consumer before `append` refuses. */
  maxLag: number;
  maxDeadLetters: number;
  /** On one caller's stream. */
  maxReplies: number;
  /** How long a caller's stream is kept after its newest reply. */
  replyKeepMs: number;
};

/** What callers of the reference worker expect. */
export const defaultMessagingSettings = {
  redisUrl: null,
  jobs: 'memory',
  stream: 'sg:stream:tools',
  group: 'sg:tools',
  keyPrefix: 'sg:tools:',
  deadLetterStream: 'sg:stream:dlq',
  catalogChannel: 'sg:pubsub:tools:catalog',
  configChannel: 'sys:config:updated',
  presencePrefix: 'sg:registry:service:tools:',
  maxLag: 10_000,
  maxDeadLetters: 5000,
  maxReplies: 10_000,
  replyKeepMs: 24 * 60 * 60 * 1000,
} as const satisfies MessagingSettings;

export function toMessagingSettings({
  redis,
  worker,
}: Pick<Config, 'redis' | 'worker'>): MessagingSettings {
  const { stream, group, keyPrefix, deadLetterStream, catalogChannel, configChannel } =
    worker.names;
  return {
    ...defaultMessagingSettings,
    redisUrl: redis?.url ?? null,
    jobs: worker.jobs,
    maxLag: worker.maxLag,
    stream,
    group,
    keyPrefix,
    deadLetterStream,
    catalogChannel,
    configChannel,
    presencePrefix: worker.names.registryPrefix,
  };
}

import type { Config } from '../config-types.js';
import { AppError } from '../errors.js';
import type { Logger } from '../logger.js';
import type { Storage } from '../storage/open-storage.js';
import { createDatabaseJobStore } from './database/database-job-store.js';
import type { JobStore } from './job-store.js';
import { createMemoryJobStore } from './memory/memory-job-store.js';
import { openMemoryMessaging } from './memory/open-memory-messaging.js';
import type { Messaging } from './messaging.js';
import { type MessagingSettings, toMessagingSettings } from './settings.js';

export type MessagingDeps = { storage: Pick<Storage, 'run'>; logger: Logger };

/** Opens what the configuration says; Redis need not answer yet. */
export function openMessaging(
  config: Pick<Config, 'redis' | 'worker'>,
  deps: MessagingDeps,
): Promise<Messaging> {
  return openMessagingWith(toMessagingSettings(config), deps);
}

/** As `openMessaging`; throws NOT_CONFIGURED when the settings contradict each other. */
export async function openMessagingWith(
  settings: MessagingSettings,
  { storage, logger }: MessagingDeps,
): Promise<Messaging> {
  const { redisUrl } = settings;
  if (redisUrl === null && settings.jobs === 'redis') {
    throw new AppError('NOT_CONFIGURED', 'Jobs can be kept in Redis only where REDIS_URL is set.');
  }
  const jobs = createJobStore(settings, { storage, logger });
  const messaging = await openLog(settings, { logger, jobs });
  return {
    ...messaging,
    [Symbol.asyncDispose]: async () => {
      await messaging[Symbol.asyncDispose]();
      await jobs?.[Symbol.asyncDispose]?.();
    },
  };
}

/** Null: Redis keeps them. */
function createJobStore(
  { jobs }: MessagingSettings,
  { storage, logger }: MessagingDeps,
): (JobStore & Partial<AsyncDisposable>) | null {
  if (jobs === 'redis') return null;
  if (jobs === 'memory') return createMemoryJobStore();
  return createDatabaseJobStore({ run: storage.run, logger });
}

async function openLog(
  settings: MessagingSettings,
  { logger, jobs }: { logger: Logger; jobs: JobStore | null },
): Promise<Messaging> {
  const { redisUrl } = settings;
  if (redisUrl === null) return openMemoryMessaging(settings, jobs ? { jobs } : {});
  // Loaded only where it is used.
  const { openRedisMessaging } = await import('./redis/open-redis-messaging.js');
  return openRedisMessaging({ ...settings, redisUrl }, { logger, jobs });
}
